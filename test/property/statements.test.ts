import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATEMENT_CLASSES, type StatementClass } from '../../src/activity.ts';
import { DIALECTS, type Dialect } from '../../src/sql/dialects.ts';
import { redact } from '../../src/sql/redact.ts';
import { classifyStatement } from '../../src/sql/statement.ts';
import { tokenize } from '../../src/sql/tokens.ts';
import { SECRETS, STATEMENTS, type StatementRow } from '../support/sql.ts';

const RUNS = { numRuns: 3000 };

/** Statements whose tokens are certain, so that more white space and comments are no part of a literal. */
const CERTAIN = STATEMENTS.filter(({ text, dialect }) => tokenize(text, dialect).uncertainFrom === null);

const BLANKS = [' ', '\n', '\t', '\r\n', '  '];
const COMMENTS: Record<Dialect, readonly string[]> = {
  postgresql: ['/* DROP TABLE t; */', "/* it's /* nested */ */", '-- GRANT a TO b\n', '--\n'],
  mysql: ['/* DROP TABLE t; */', "-- it's\n", '# GRANT a TO b\n', '/**/'],
  oracle: ['/* DROP TABLE t; */', "-- it's\n", '/*+ hint */', '/* /* */'],
  sqlserver: ['/* DROP TABLE t */', "/* it's /* nested */ */", '-- GRANT a TO b\n', '/**/'],
};

/** A statement, with blanks or comments put in where tokens are apart: elsewhere white space could tear one in two. */
const padded = fc.tuple(fc.constantFrom(...CERTAIN), fc.infiniteStream(fc.nat())).map(([row, numbers]) => {
  const inserts = ['', ...BLANKS, ...COMMENTS[row.dialect].map((comment) => ` ${comment} `)];
  const pick = () => inserts[numbers.next().value % inserts.length];
  const text = tokenize(row.text, row.dialect).list.reduceRight(
    (result, { end }, at, list) =>
      end < (list[at + 1]?.start ?? 0) ? `${result.slice(0, end)}${pick()}${result.slice(end)}` : result,
    row.text,
  );
  return { row, text: `${pick()}${text}` };
});

describe('the class of a statement', () => {
  it('is judged by most of the table', () => {
    expect(CERTAIN.length).toBeGreaterThan(0.9 * STATEMENTS.length);
    expect(SIMPLE.length).toBeGreaterThan(600);
    for (const of of DIALECTS) expect(SEPARATE.filter(({ dialect }) => dialect === of).length).toBeGreaterThan(100);
  });

  it('and its action do not change with comments and white space between its tokens', () => {
    fc.assert(
      fc.property(padded, ({ row, text }) => {
        expect(classifyStatement(text, row.dialect)).toEqual(classifyStatement(row.text, row.dialect));
      }),
      RUNS,
    );
  });

  it.each(['toUpperCase', 'toLowerCase'] as const)(
    'does not change with the letter case of its words: %s',
    (change) => {
      const write = ({ text, dialect }: StatementRow) =>
        tokenize(text, dialect).list.reduceRight((result, { kind, start, end }) => {
          const word = result.slice(start, end);
          const changed = kind === 'word' ? word[change]() : word;
          return changed.length === word.length ? result.slice(0, start) + changed + result.slice(end) : result;
        }, text);

      expect(CERTAIN.map((row) => classifyStatement(write(row), row.dialect))).toEqual(
        CERTAIN.map(({ text, dialect }) => classifyStatement(text, dialect)),
      );
    },
  );

  it('stays when the text is cut anywhere behind the clause that decides', () => {
    const cuts = SIMPLE.flatMap(({ text, dialect, class: expected, action }) => {
      const words = tokenize(text, dialect).list.filter(({ kind }) => kind === 'word');
      return Array.from({ length: text.length - action.length + 1 }, (_, more) => action.length + more)
        .filter((end) => !words.some((word) => word.start < end && end < word.end)) // Half a word may be another word.
        .map((end) => ({
          cut: text.slice(0, end),
          expected,
          found: classifyStatement(text.slice(0, end), dialect).class,
        }));
    });

    expect(cuts.filter(({ expected, found }) => found !== expected)).toEqual([]);
  });

  it('of several statements is that of the most sensitive one, wherever it stands', () => {
    const rank = (name: StatementClass) => STATEMENT_CLASSES.indexOf(name);
    const several = fc.constantFrom(...DIALECTS).chain((dialect) => {
      const rows = SEPARATE.filter((row) => row.dialect === dialect);
      return fc.tuple(fc.constant(dialect), fc.array(fc.constantFrom(...rows), { minLength: 2, maxLength: 4 }));
    });
    fc.assert(
      fc.property(several, ([dialect, rows]) => {
        const { class: found } = classifyStatement(rows.map(({ text }) => text).join(';\n'), dialect);

        expect(rank(found)).toBe(Math.min(...rows.map((row) => rank(row.class))));
      }),
      RUNS,
    );
  });
});

/** What the verb alone does not decide. */
const LONGER =
  /^(?:COPY|DESC|DESCRIBE|EXPLAIN|IF|WHILE|CREATE SCHEMA|CREATE USER MAPPING|DROP USER MAPPING|PREPARE TRANSACTION|UPDATE STATISTICS) |^SET (?:LOCAL )?TRANSACTION\./i;

/** Single statements that their first words decide. */
const SIMPLE = CERTAIN.filter(
  ({ text, action, class: name }) =>
    action !== '' &&
    text.toUpperCase().startsWith(action) &&
    !text.includes(';') &&
    !LONGER.test(text) &&
    // SELECT … INTO
    (action !== 'SELECT' || name === 'DQL'),
);

/** Statements that stand anywhere and end where they seem to: no parameters of a driver, no open comment, no body. */
const SEPARATE = CERTAIN.filter(
  ({ text, action }) =>
    action !== '' &&
    action !== '*' &&
    !/^\(@|[;/#-]|\bBEGIN\b|\bDECLARE\b|PROC|FUNCTION|TRIGGER|EVENT|PACKAGE|TYPE|LIBRARY|JAVA|VIEW|\bGO\b/i.test(text),
);

/** Letters that no keyword and no name of the shapes below has. */
const SECRET = fc.string({ unit: fc.constantFrom(...'xyzXYZ789é日'), minLength: 4, maxLength: 12 });
const DIGITS = fc.string({ unit: fc.constantFrom(...'789'), minLength: 4, maxLength: 12 });
const HEX = fc.string({ unit: fc.constantFrom(...'789dDeEfF'), minLength: 4, maxLength: 12 });

/** Literals and comments that hold a secret, which is written as %. */
const STRINGS_OF_ALL = ["'%'", "'a''%'", "'a' -- %\n"];
const STRINGS: Record<Dialect, readonly string[]> = {
  postgresql: ["E'a\\'%'", "U&'%'", '$$%$$', "$tag$it's % $$ $tag$", '/* % /* % */ */ 1', "B'%'"],
  mysql: ['"%"', "'a\\'%'", '"a""%"', "N'%'", "_utf8mb4'%'", '1 # %\n', '/*! % */ 1', "'it' '%'"],
  oracle: ["q'[it's %]'", "Q'!%'!'", "nq'{%}'", "N'%'", '/*+ % */ 1'],
  sqlserver: ["N'a''%'", '"%"', '/* /* */ % */ 1'],
};
const NUMBERS = ['%', '0.%', '.%', '%.5e-3', '1e%'];
const HEXES = ['0x%', "X'%'"];

/** Statements with a literal, which is written as %. */
const SHAPES = [
  'SELECT a FROM t WHERE b = % AND c IN (%, %)',
  'INSERT INTO t (a, b) VALUES (%, NULL)',
  'UPDATE t SET a = % WHERE b > 5',
  'CREATE TABLE t (a INT DEFAULT %)',
  'CALL p(%)',
  'CREATE USER u IDENTIFIED BY %',
  'SELECT(%)FROM t',
  '%',
];

const fill = (template: string, text: string) => template.replaceAll('%', () => text);

const literal = fc
  .constantFrom(...DIALECTS)
  .chain((dialect) =>
    fc
      .oneof(
        fc.tuple(fc.constantFrom(...STRINGS_OF_ALL, ...STRINGS[dialect]), SECRET),
        fc.tuple(fc.constantFrom(...NUMBERS), DIGITS),
        fc.tuple(fc.constantFrom(...HEXES), HEX),
      )
      .map(([template, secret]) => ({ dialect, secret, text: fill(template, secret) })),
  );

describe('a masked text', () => {
  it('holds no literal, no comment and no password of four characters or more', () => {
    fc.assert(
      fc.property(literal, fc.constantFrom(...SHAPES), fc.nat(), ({ dialect, secret, text }, shape, cut) => {
        const statement = fill(shape, text);

        expect(redact(statement, dialect)).not.toContain(secret);
        expect(redact(statement.slice(0, cut % statement.length), dialect)).not.toContain(secret);
      }),
      { numRuns: 10_000 },
    );
  });

  it('holds no literal of a session either whose backslashes are not the usual ones', () => {
    const piece = fc.constantFrom(
      ...["'", '\\', ' ', ', ', '=', '5', '-- ', '#', '/*', '*/', '"', '`', '$$'],
      ...['xyzxyz', ' xyzxyz', 'xyzxyz ', ' xyzxyz '],
    );
    const values = fc.array(
      fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')),
      { minLength: 1 },
    );
    // NO_BACKSLASH_ESCAPES doubles quotes alone; without standard_conforming_strings backslashes escape.
    const sessions: readonly (readonly [Dialect, (value: string) => string])[] = [
      ['mysql', (value) => `'${value.replaceAll("'", "''")}'`],
      ['postgresql', (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...sessions), values, ([dialect, write], list) => {
        for (const text of [
          `INSERT INTO t VALUES (${list.map(write).join(', ')})`,
          `SELECT a FROM t WHERE ${list.map((value, at) => `c${at} = ${write(value)}`).join(' AND ')} ORDER BY b`,
        ]) {
          expect(redact(text, dialect)).not.toContain('xyzxyz');
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('holds nothing of a literal whose apostrophe was not doubled, once its end is there', () => {
    const keyword = fc.constantFrom('and ', 'OR ', 'in ', 'is ', 'to ', 'with ', 'on ', 'Brien ', 's ', '5 ');
    const rest = fc.array(fc.constantFrom('xyzxyz ', '-- ', '# ', '/* ', '*/ ', '= ', ', ', '; '), { minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...DIALECTS), keyword, rest, (dialect, word, pieces) => {
        const text = `UPDATE t SET a = 'Tom'${word}${pieces.join('')}' WHERE b = 1`;

        expect(redact(text, dialect)).not.toContain('xyzxyz');
      }),
      RUNS,
    );
  });

  it('keeps every name and keyword of what is certain', () => {
    fc.assert(
      fc.property(literal, ({ dialect, text }) => {
        const statement = `UPDATE orders SET note = ${text} WHERE customer = 5`;
        const masked = redact(statement, dialect);

        expect(masked).toMatch(/^UPDATE orders SET note = /);
        if (tokenize(statement, dialect).uncertainFrom === null) expect(masked).toMatch(/ WHERE customer = \?$/);
        else expect(masked).toMatch(/\?$/);
      }),
      RUNS,
    );
  });

  it('is masked for good: masking what is masked changes nothing', () => {
    const changed = [...SECRETS, ...STATEMENTS].filter(({ text, dialect }) => {
      const once = redact(text, dialect);
      const isCertain = [text, once].every((one) => tokenize(one, dialect).uncertainFrom === null);
      return isCertain && redact(once, dialect) !== once;
    });

    expect(changed).toEqual([]);
  });
});
