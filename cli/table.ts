import Table from 'cli-table3';

export type Cell = string | number;

/** A table for a person to read, without colours: it is as often read in a file. */
export function writeTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map(printable)));
  return table.toString();
}

/** What comes out of keys and lines must not steer the terminal. */
export function printable(cell: Cell): Cell {
  return typeof cell === 'string' ? cell.replace(/[^ -~]/g, '?') : cell;
}
