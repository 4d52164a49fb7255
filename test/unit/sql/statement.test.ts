import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../src/sql/dialects.ts';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { STATEMENTS } from '../../support/sql.ts';

describe.each(DIALECTS)('the statements of %s', (dialect) => {
  const rows = STATEMENTS.filter((row) => row.dialect === dialect);

  it('have the class and the action that the manuals give them', () => {
    const given = rows.map(({ text, action }) => {
      const statement = classifyStatement(text, dialect);
      return [text, statement.class, action === '*' ? action : (statement.action ?? '')];
    });

    expect(given).toEqual(rows.map((row) => [row.text, row.class, row.action]));
  });

  it('are many', () => {
    expect(rows.length).toBeGreaterThan(150);
  });
});

describe('a text', () => {
  it('of an unknown dialect is what its most sensitive reading is', () => {
    expect(classifyStatement('SELECT 1 DROP TABLE t', null)).toEqual({ class: 'DDL', action: 'DROP TABLE' });
    expect(classifyStatement('SELECT 1', null)).toEqual({ class: 'DQL', action: 'SELECT' });
  });

  it.each(DIALECTS)('of %s that has no end is not understood, but for what is more sensitive', (dialect) => {
    const endless = ';'.repeat(100_000);

    expect(classifyStatement(`SELECT 1${endless}`, dialect).class).toBe('UNKNOWN');
    expect(classifyStatement(`DROP TABLE t${endless}`, dialect).class).toBe('DDL');
    expect(classifyStatement(`SELECT 1${';'.repeat(90_000)}`, dialect).class).toBe('DQL');
  });

  it.each(DIALECTS)('of %s nests statements so deep, and no deeper', (dialect) => {
    const nest = (depth: number) => `${'WITH a AS (SELECT 1) ('.repeat(depth)}SELECT 1`;

    expect(classifyStatement(nest(7), dialect).class).toBe('DQL');
    expect(classifyStatement(nest(9), dialect).class).toBe('UNKNOWN');
  });

  it('of MySQL has no comment behind dashes that only a space of another character set follows', () => {
    expect(classifyStatement('SELECT 1 --\u00a0; DROP TABLE t', 'mysql').class).toBe('DDL');
    expect(classifyStatement('SELECT 1 -- ; DROP TABLE t', 'mysql').class).toBe('DQL');
  });

  it('has both readings where MySQL runs a comment by its version', () => {
    expect(classifyStatement('SELECT 1 /*!80000 ; DROP TABLE t */', 'mysql').class).toBe('DDL');
    expect(classifyStatement("/*!80000 SELECT 'x */ ; DROP TABLE t -- ' */", 'mysql').class).toBe('DDL');
    expect(classifyStatement("/*!50712 SELECT 'x */ ; DROP TABLE t -- ' */", 'mysql').class).toBe('DQL');
    expect(classifyStatement("/*! SELECT 'x */ ; DROP TABLE t -- ' */", 'mysql').class).toBe('DQL');
    expect(classifyStatement('SELECT 1 /*!80000 ; DROP TABLE t */', 'oracle').class).toBe('DQL');
  });
});
