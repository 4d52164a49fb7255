import { describe, expect, it } from 'vitest';
import { classifyStatement } from '../../../src/sql/statement.ts';
import { STATEMENTS } from '../../support/sql.ts';

describe('a statement is classified as the table written from the manuals says', () => {
  it.each(STATEMENTS)('$dialect: $text', ({ dialect, text, class: expected, action }) => {
    const statement = classifyStatement(text, dialect);

    expect(statement.class).toBe(expected);
    if (action !== '*') expect(statement.action ?? '').toBe(action);
  });
});
