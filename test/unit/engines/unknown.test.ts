import { describe, expect, it } from 'vitest';
import { readEvent } from '../../../src/engines/index.ts';

function readUnknown(fields: object) {
  return readEvent({ serverType: 'CockroachDB', ...fields }).reading;
}

describe('an event of an engine that is not known is what its statement is in any dialect', () => {
  // fields, class
  it.each<[object, string]>([
    [{ command: 'QUERY', commandText: 'SELECT 1' }, 'DQL'],
    [{ command: 'QUERY', commandText: 'DROP TABLE t' }, 'DDL'],
    // A table in PostgreSQL and SQL Server, a variable elsewhere.
    [{ command: 'SELECT', commandText: 'SELECT a INTO b FROM c' }, 'DDL'],
    // A block of code in Oracle.
    [{ commandText: 'BEGIN' }, 'EXECUTE'],
    // In MySQL a string, elsewhere a name and a second statement.
    [{ commandText: "SELECT 'a\\'; DROP TABLE t; -- '" }, 'DDL'],
    [{ commandText: "PRINT 'a'" }, 'UNKNOWN'],
    [{ command: 'SELECT', commandText: 'FROBNICATE' }, 'UNKNOWN'],
    [{ command: 'SELECT', commandText: null }, 'DQL'],
    [{ command: 'CREATE TABLE', commandText: '' }, 'DDL'],
    [{ command: 'LOGIN FAILED' }, 'UNKNOWN'],
    [{ command: 5, commandText: [] }, 'UNKNOWN'],
    [{}, 'UNKNOWN'],
  ])('%j is %s', (fields, expected) => {
    expect(readUnknown(fields)).toMatchObject({ class: expected, statementClass: expected, outcome: 'SUCCESS' });
  });

  it('what its exit codes mean is not known: only a message says that it failed', () => {
    const fields = { command: 'SELECT', commandText: 'SELECT 1', exitCode: 7 };

    expect(readUnknown(fields)).toMatchObject({ class: 'DQL', errorCode: null });
    expect(readUnknown({ ...fields, errorMessage: 'no' })).toEqual({
      class: 'ERROR',
      statementClass: 'DQL',
      action: 'SELECT',
      outcome: 'FAILURE',
      errorCode: '7',
      auxiliary: false,
      statement: { text: 'SELECT 1', dialect: null },
    });
  });
});
