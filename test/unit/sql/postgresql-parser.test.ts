import { beforeAll, describe, expect, it } from 'vitest';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { readFixture } from '../../support/activity.ts';
import { createParser } from '../../support/postgresql-parser.ts';

/** Statements of every command of PostgreSQL 18 and of every shape that is easily misread, with their class. */
const CORPUS: readonly (readonly [text: string, statementClass: string])[] = JSON.parse(
  readFixture('sql/corpus-postgresql'),
);

/** Where we differ from PostgreSQL's parser. It is right each time; what we give is the more sensitive class. */
const DIFFERENCES: ReadonlyMap<string, string> = new Map([
  // What stands in quotes is no word to us: ANALYZE that is not clearly off counts as on.
  ["EXPLAIN (ANALYZE 'off') DELETE FROM t", 'DML'],
  ["EXPLAIN (ANALYZE 'FALSE') DELETE FROM t", 'DML'],
  ['EXPLAIN (ANALYZE "off") DELETE FROM t', 'DML'],
  ['EXPLAIN (ANALYZE $$off$$) DELETE FROM t', 'DML'],
  ['EXPLAIN (ANALYZE 00) DELETE FROM t', 'DML'],
  ['EXPLAIN (ANALYZE -0) DELETE FROM t', 'DML'],
  // A server refuses these: it knows no such parameters.
  ["SET transaction = 'x'", 'TCL'],
  ['SET constraints = 1', 'TCL'],
  ['SET SESSION transaction TO DEFAULT', 'TCL'],
]);

let parser: Awaited<ReturnType<typeof createParser>>;
beforeAll(async () => {
  parser = await createParser();
});

describe("a statement has the class that PostgreSQL's own parser gives it", () => {
  it('and the corpus says the same', () => {
    expect(CORPUS.map(([text]) => [text, parser.classOf(text)])).toEqual(CORPUS);
  });

  it('but where it is said that we differ', () => {
    const given = CORPUS.map(([text]) => [text, classifyStatement(text, 'postgresql').class]);

    expect(given).toEqual(CORPUS.map(([text, expected]) => [text, DIFFERENCES.get(text) ?? expected]));
  });

  it('and every difference is one of these statements', () => {
    expect(CORPUS.map(([text]) => text)).toEqual(expect.arrayContaining([...DIFFERENCES.keys()]));
  });
});
