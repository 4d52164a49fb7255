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
