import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { VOCABULARIES } from '../../../src/engines/index.ts';
import { DIALECTS, type Dialect } from '../../../src/sql/dialects.ts';
import { redact } from '../../../src/sql/redact.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { OBJECTS, type Phrases, VERBS } from '../../../src/sql/verbs.ts';
import { readDocument, tableOf } from '../../support/documents.ts';

const DOCUMENT = readDocument('docs/classification.md');

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
  return [write(head), write(widths.map((width) => '-'.repeat(width))), ...rows.map(write)].join('\n');
}

const code = (text: string) => `\`${text}\``;

function byPhrase([one = '']: Row, [other = '']: Row): number {
  return one < other ? -1 : Number(one > other);
}

/** A row for each phrase and class, with the dialects that have it so. */
function writeVocabulary(head: string, vocabularies: Readonly<Record<Dialect, Phrases>>): string {
  const phrases = DIALECTS.flatMap((dialect) =>
    [...vocabularies[dialect]].map(([phrase, name]) => ({ row: [code(phrase), code(name)], dialect: NAMES[dialect] })),
  );
  const rows = [...Map.groupBy(phrases, ({ row }) => row.join('|')).values()].map((group): Row => {
    const dialects = group.map(({ dialect }) => dialect);
    return [...(group[0]?.row ?? []), dialects.length === DIALECTS.length ? 'any' : dialects.join(', ')];
  });
  return writeTable([head, 'class', 'dialect'], rows.sort(byPhrase));
}

const WORDS = Object.entries(VOCABULARIES).flatMap(([engine, { sessions, words }]) =>
  [...sessions, ...words].map(([word, name]) => [code(word), code(name), code(engine)]).sort(byPhrase),
);

const GENERATED: Readonly<Record<string, string>> = {
  words: writeTable(['word', 'class', 'engine'], WORDS),
  verbs: writeVocabulary('verb', VERBS),
  objects: writeVocabulary('object', OBJECTS),
};

const dialectOf = (name: string) => DIALECTS.find((dialect) => NAMES[dialect] === name) as Dialect;

describe('docs/classification.md', () => {
  it('has the tables of the code: npx vitest run test/unit/docs --update writes them anew', async () => {
    const marks = /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;
    const expected = DOCUMENT.replace(marks, (_all, begin, name, end) => `${begin}\n${GENERATED[name]}\n\n${end}`);

    await expect(expected).toMatchFileSnapshot(join(ROOT, 'docs', 'classification.md'));
    expect([...DOCUMENT.matchAll(marks)].map(([, , name]) => name).sort()).toEqual(Object.keys(GENERATED).sort());
  });

  it('gives each text its class', () => {
    const any = tableOf(DOCUMENT, 'text', 'class', 'why').map((row) => [NAMES.postgresql, ...row]);
    const ofDialects = tableOf(DOCUMENT, 'dialect', 'text', 'class', 'why');

    expect(any.length).toBeGreaterThan(10);
    expect(new Set(ofDialects.map(([dialect]) => dialect))).toEqual(new Set(Object.values(NAMES)));
    for (const [dialect = '', text = '', name] of [...any, ...ofDialects]) {
      expect(classifyStatement(text, dialectOf(dialect)).class, text).toBe(name);
    }
  });

  it('shows how each text is redacted', () => {
    const rows = tableOf(DOCUMENT, 'dialect', 'text', 'masked');

    expect(new Set(rows.map(([dialect]) => dialect))).toEqual(new Set(Object.values(NAMES)));
    for (const [dialect = '', text = '', masked] of rows) expect(redact(text, dialectOf(dialect))).toBe(masked);
  });
});
