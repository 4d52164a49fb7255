import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../local/package.ts';

/** The text of a document, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The fenced blocks, in their order, without the indentation of a list, each with the heading above it and its language, if any. */
export function blocksOf(document: string) {
  return [...document.matchAll(/^( *)```([\w-]*)\n(.*?)^ *```$/gms)].map(
    ({ index, 1: indent = '', 2: language = '', 3: text = '' }) => ({
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      heading: headingsOf(document.slice(0, index)).at(-1) ?? '',
    }),
  );
}

/** The rows of the table whose head begins with these columns; a cell without the backticks around it. */
export function tableOf(document: string, ...head: readonly string[]): readonly (readonly string[])[] {
  const start = `^\\| ${head.join(' +\\| +')} +\\|.*\\n\\|[ |:-]*\\n`;
  const table = new RegExp(`${start}((?:\\|.*\\n)+)`, 'm').exec(document)?.[1];
  if (table === undefined) throw new Error(`The document has no table of ${head.join(', ')}`);
  const rows = table.trimEnd().split('\n');
  const unquote = (cell: string) => cell.trim().replaceAll(/^`|`$/g, '');
  return rows.map((row) => row.slice(2, -2).split(' | ').map(unquote));
}

/** The headings of a document. */
export function headingsOf(document: string): readonly string[] {
  return [...document.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
}

/** What a heading is called in a link. https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Puts values in the place of `<…>`. Throws where there is none for a placeholder. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<([A-Za-z][\w ]*)>/g, (_placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Nothing is known to put in the place of <${name}>`);
    return value;
  });
}
