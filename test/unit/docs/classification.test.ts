import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { VOCABULARIES } from '../../../src/engines/index.ts';
import { DIALECTS, type Dialect } from '../../../src/sql/dialects.ts';
import { redact } from '../../../src/sql/redact.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { OBJECTS, type Phrases, VERBS } from '../../../src/sql/verbs.ts';

const FILE = join(ROOT, 'docs', 'classification.md');
const DOCUMENT = readFileSync(FILE, 'utf8');

const NAMES: Readonly<Record<Dialect, string>> = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  oracle: 'Oracle',
  sqlserver: 'SQL Server',
};

type Row = readonly string[];

/** A table as Biome formats it. */
function writeTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((cell, column) => Math.max(3, cell.length, ...rows.map((row) => (row[column] ?? '').length)));
  const write = (row: Row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [write(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(write)].join('\n');
}

const code = (text: string) => `\`${text}\``;

function byPhrase([one = '']: Row, [other = '']: Row): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A row for each phrase and class, with the dialects that have it so. */
function writeVocabulary(head: string, vocabularies: Readonly<Record<Dialect, Phrases>>): string {
  const dialects = new Map<string, Dialect[]>();
  for (const dialect of DIALECTS) {
    for (const [phrase, name] of vocabularies[dialect]) {
      const row = `${phrase}|${name}`;
      dialects.set(row, [...(dialects.get(row) ?? []), dialect]);
    }
  }
  const rows = [...dialects].map(([row, having]) => {
    const [phrase = '', name = ''] = row.split('|');
    return [
      code(phrase),
      code(name),
      having.length === DIALECTS.length ? 'any' : having.map((one) => NAMES[one]).join(', '),
    ];
  });
  return writeTable([head, 'class', 'dialect'], rows.sort(byPhrase));
}

function writeWords(): string {
  const rows = Object.entries(VOCABULARIES).flatMap(([engine, { sessions, words }]) =>
    [...sessions, ...words].map(([word, name]) => [code(word), code(name), code(engine)]).sort(byPhrase),
  );
  return writeTable(['word', 'class', 'engine'], rows);
}

const GENERATED: Readonly<Record<string, string>> = {
  words: writeWords(),
  verbs: writeVocabulary('verb', VERBS),
  objects: writeVocabulary('object', OBJECTS),
};

/** The rows of a document's table, by the table's head. */
function readTable(head: string): readonly Row[] {
  const [, ...lines] = DOCUMENT.slice(
    DOCUMENT.search(new RegExp(`^\\| ${head.replaceAll(' | ', ' +\\| ')} +\\|$`, 'm')),
  ).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(1, end).map((line) =>
    line
      .slice(2, -2)
      .split(/ +\| /)
      .map((cell) => cell.trim().replace(/^`|`$/g, '')),
  );
}

const dialectOf = (name: string) => DIALECTS.find((dialect) => NAMES[dialect] === name) as Dialect;

describe('docs/classification.md', () => {
  it('has the tables of the code: npx vitest run test/unit/docs --update writes them anew', async () => {
    const expected = DOCUMENT.replace(
      /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
      (_all, begin, name, end) => `${begin}\n${GENERATED[name]}\n\n${end}`,
    );

    await expect(expected).toMatchFileSnapshot(FILE);
    expect(Object.keys(GENERATED).every((name) => DOCUMENT.includes(`<!-- generated: ${name} -->`))).toBe(true);
  });

  it('says of each text what its class is', () => {
    const rows = readTable('text | class | why');

    expect(rows.length).toBeGreaterThan(10);
    for (const [text = '', name] of rows)
      expect([text, classifyStatement(text, 'postgresql').class]).toEqual([text, name]);
  });

  it('says of each text of a dialect what its class is', () => {
    const rows = readTable('dialect | text | class | why');

    expect(new Set(rows.map(([dialect]) => dialect))).toEqual(new Set(Object.values(NAMES)));
    for (const [dialect = '', text = '', name] of rows) {
      expect([text, classifyStatement(text, dialectOf(dialect)).class]).toEqual([text, name]);
    }
  });

  it('says how each text is masked', () => {
    const rows = readTable('dialect | text | masked');

    expect(new Set(rows.map(([dialect]) => dialect))).toEqual(new Set(Object.values(NAMES)));
    for (const [dialect = '', text = '', masked] of rows) {
      expect(redact(text, dialectOf(dialect))).toBe(masked);
    }
  });
});
