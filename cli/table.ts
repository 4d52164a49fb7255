import Table from 'cli-table3';
import { printable } from './printable.ts';

export type Cell = string | number;

/** A table for a person to read, without colours: it is as often read in a file. */
export function writeTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map((cell) => (typeof cell === 'string' ? printable(cell) : cell))));
  return table.toString();
}
