import { describe, expect, it } from 'vitest';
import { readEvent } from '../../../src/engines/index.ts';
import { oracle } from '../../../src/engines/oracle.ts';
import { knownClassOf, readActions, statementClassOf } from '../../support/actions.ts';

const ACTIONS = readActions('oracle');

function readOracle(fields: object) {
  return readEvent({ serverType: 'oracle', ...fields }).reading;
}

describe("an action of Oracle's audit trail has the class that the manual gives it", () => {
  it('where it succeeded', () => {
    const given = ACTIONS.map(({ command }) => readOracle({ command, exitCode: 0 }));

    expect(given).toEqual(
      ACTIONS.map((action) =>
        expect.objectContaining({
          auxiliary: false,
          class: action.class,
          statementClass: statementClassOf(action),
          outcome: 'SUCCESS',
          errorCode: null,
        }),
      ),
    );
  });

  it('and where it failed', () => {
    const given = ACTIONS.map(({ command }) => readOracle({ command, exitCode: 1031 }));

    expect(given).toEqual(
      ACTIONS.map((action) =>
        expect.objectContaining({
          class: action.failed,
          statementClass: knownClassOf(action),
          outcome: 'FAILURE',
          errorCode: '1031',
        }),
      ),
    );
  });
});

it("each of the audit trail's own words has the class that its table gives it", () => {
  const words = [...oracle.words];

  expect(words.map(([command]) => [command, readOracle({ command, exitCode: 0 }).class])).toEqual(words);
});

describe('the exit code tells what failed', () => {
  it.each<[string, object, object]>([
    ['a refused login', { command: 'LOGON', exitCode: 1017 }, { class: 'AUTH_FAILURE', errorCode: '1017' }],
    ['a refused login, the code as text', { command: 'LOGON', exitCode: '28000' }, { class: 'AUTH_FAILURE' }],
    ['a login', { command: 'LOGON', exitCode: 0 }, { class: 'CONNECT', outcome: 'SUCCESS', errorCode: null }],
    ['a login without a code', { command: 'LOGON' }, { class: 'CONNECT', outcome: 'SUCCESS' }],
    ['a login with an empty code', { command: 'LOGON', exitCode: '' }, { class: 'CONNECT', errorCode: null }],
    ['the end of a session', { command: 'LOGOFF BY CLEANUP', exitCode: 1 }, { class: 'DISCONNECT', errorCode: '1' }],
    ['a statement', { command: 'DROP TABLE', exitCode: 942 }, { class: 'ERROR', statementClass: 'DDL' }],
    [
      'a statement by its message alone',
      { command: 'SELECT', exitCode: 0, errorMessage: 'ORA-00942' },
      { class: 'ERROR', statementClass: 'DQL', errorCode: null },
    ],
    [
      'a statement that nobody knows',
      { command: 'FROBNICATE', exitCode: 900 },
      { class: 'ERROR', statementClass: null },
    ],
    ['a code of another type', { command: 'SELECT', exitCode: { code: 1 } }, { class: 'DQL', errorCode: null }],
  ])('%s', (_, fields, expected) => {
    expect(readOracle(fields)).toMatchObject(expected);
  });
});

describe('the text may make an action more sensitive, or say what it is, never less', () => {
  it.each<[string, object, string]>([
    ['a block that changes data', { command: 'EXECUTE', commandText: 'BEGIN DELETE FROM t; END;' }, 'DML'],
    ['a block', { command: 'PL/SQL EXECUTE', commandText: 'BEGIN close_month; END;' }, 'EXECUTE'],
    ['a harmless text', { command: 'CREATE USER', commandText: 'SELECT 1 FROM dual' }, 'DCL'],
    ['an action that nobody knows', { command: 'FROBNICATE', commandText: 'GRANT dba TO eve' }, 'DCL'],
    ['a text that nobody knows', { command: 'SELECT', commandText: 'FROBNICATE' }, 'DQL'],
    ['a text alone', { commandText: 'TRUNCATE TABLE t' }, 'DML'],
    ['neither', { command: 'FROBNICATE', commandText: 'FROBNICATE' }, 'UNKNOWN'],
    ['fields of other types', { command: 5, commandText: ['DROP TABLE t'] }, 'UNKNOWN'],
  ])('%s', (_, fields, expected) => {
    expect(readOracle(fields)).toMatchObject({ class: expected, statementClass: expected });
  });

  it('the action is the one that the audit trail gives, in upper case and with single spaces', () => {
    expect(readOracle({ command: 'Create Table', commandText: 'CREATE TABLE t (a NUMBER)' }).action).toBe(
      'CREATE TABLE',
    );
    expect(readOracle({ command: 'ALTER  CUBE ' })).toMatchObject({ action: 'ALTER CUBE', class: 'DDL' });
    expect(readOracle({ command: '' }).action).toBeNull();
    expect(readOracle({}).action).toBeNull();
  });

  it('the text of a statement is SQL, that of a session none', () => {
    expect(readOracle({ command: 'SELECT', commandText: 'SELECT 1 FROM dual' }).statement).toEqual({
      text: 'SELECT 1 FROM dual',
      dialect: 'oracle',
    });
    expect(readOracle({ command: 'LOGON', commandText: 'x' }).statement).toBeNull();
    expect(readOracle({ command: 'SELECT', commandText: null }).statement).toBeNull();
  });
});
