import { describe, expect, it } from 'vitest';
import { readEvent } from '../../../src/engines/index.ts';
import { sqlServer } from '../../../src/engines/sqlserver.ts';
import { knownClassOf, readActions, statementClassOf } from '../../support/actions.ts';

const ACTIONS = readActions('sqlserver');

function readSqlServer(fields: object) {
  return readEvent({ serverType: 'SQLSERVER', ...fields }).reading;
}

it("each of the audit's own words has the class that its table gives it", () => {
  const words = [...sqlServer.words];

  expect(words.map(([command]) => [command, readSqlServer({ command, exitCode: 1 }).class])).toEqual(words);
});

describe('an action of SQL Server Audit has the class that the manual gives it', () => {
  const read = (exitCode: number) =>
    ACTIONS.map(({ command, objectClass }) => readSqlServer({ command, class: objectClass, exitCode }));

  it('where it succeeded', () => {
    expect(read(1)).toEqual(
      ACTIONS.map((action) =>
        expect.objectContaining({
          auxiliary: false,
          class: action.class,
          statementClass: statementClassOf(action),
          outcome: action.class === 'AUTH_FAILURE' ? 'FAILURE' : 'SUCCESS',
        }),
      ),
    );
  });

  it('and where it failed', () => {
    expect(read(0)).toEqual(
      ACTIONS.map((action) =>
        expect.objectContaining({
          class: action.failed,
          statementClass: knownClassOf(action),
          outcome: 'FAILURE',
        }),
      ),
    );
  });
});

describe('an exit code of 1 is success, of 0 a failure', () => {
  const NATIVE = { additional_information: '<action_info><error>0x00004818</error><state>8</state></action_info>' };

  it.each<[string, object, object]>([
    ['a login', { command: 'LOGIN SUCCEEDED', exitCode: 1 }, { class: 'CONNECT', outcome: 'SUCCESS' }],
    ['a refused login', { command: 'LOGIN FAILED', exitCode: 0 }, { class: 'AUTH_FAILURE', errorCode: null }],
    ['a refused login, whatever the code says', { command: 'LOGIN FAILED', exitCode: 1 }, { class: 'AUTH_FAILURE' }],
    ['a refused login without a code', { command: 'LOGIN FAILED' }, { class: 'AUTH_FAILURE', outcome: 'FAILURE' }],
    ['a login that says it failed', { command: 'LOGIN SUCCEEDED', exitCode: 0 }, { class: 'AUTH_FAILURE' }],
    ['a permission that was given', { command: 'SELECT', exitCode: 1 }, { class: 'DQL', outcome: 'SUCCESS' }],
    ['a permission that was refused', { command: 'SELECT', exitCode: 0 }, { class: 'ERROR', statementClass: 'DQL' }],
    ['the code as text', { command: 'DELETE', exitCode: '0' }, { class: 'ERROR', statementClass: 'DML' }],
    ['no code', { command: 'DELETE', exitCode: null }, { class: 'DML', outcome: 'SUCCESS' }],
    ['a code of another type', { command: 'DELETE', exitCode: [0] }, { class: 'DML', outcome: 'SUCCESS' }],
    ['a message', { command: 'INSERT', exitCode: 1, errorMessage: 'no' }, { class: 'ERROR', statementClass: 'DML' }],
    ['the end of a session', { command: 'LOGOUT', exitCode: 0 }, { class: 'DISCONNECT', statementClass: null }],
    [
      'the number of the error that the audit names',
      { command: 'LOGIN FAILED', exitCode: 0, engineNativeAuditFields: NATIVE },
      { class: 'AUTH_FAILURE', errorCode: '18456' },
    ],
    [
      'no error where all went well',
      { command: 'SELECT', exitCode: 1, engineNativeAuditFields: NATIVE },
      { class: 'DQL', errorCode: null },
    ],
    [
      'native fields of other types',
      { command: 'SELECT', exitCode: 0, engineNativeAuditFields: 'x' },
      { errorCode: null },
    ],
    [
      'an error that is no number',
      { command: 'SELECT', exitCode: 0, engineNativeAuditFields: { additional_information: '<error>x</error>' } },
      { errorCode: null },
    ],
    [
      'an error of another type',
      { command: 'SELECT', exitCode: 0, engineNativeAuditFields: { additional_information: 18456 } },
      { errorCode: null },
    ],
  ])('%s', (_, fields, expected) => {
    expect(readSqlServer(fields)).toMatchObject(expected);
  });
});

describe('the text makes an action more precise, or more sensitive, never less', () => {
  // fields, class, action
  it.each<[object, string, string | null]>([
    [{ command: 'ALTER', class: 'SCHEMA', commandText: 'CREATE TABLE dbo.t (a int)' }, 'DDL', 'CREATE TABLE'],
    [{ command: 'ALTER', class: 'SCHEMA', commandText: 'DROP TABLE dbo.t' }, 'DDL', 'DROP TABLE'],
    [{ command: 'ALTER', class: 'SCHEMA', commandText: 'SELECT * INTO dbo.copy FROM dbo.t' }, 'DDL', 'ALTER'],
    [{ command: 'ALTER', class: 'SCHEMA', commandText: null }, 'DDL', 'ALTER'],
    [{ command: 'create', class: 'sql login', commandText: '' }, 'DCL', 'CREATE'],
    [{ command: 'ALTER', class: 'TABLE', commandText: 'ALTER LOGIN eve ENABLE' }, 'DCL', 'ALTER LOGIN'],
    [{ command: 'SELECT', class: 'TABLE', commandText: 'SELECT 1 DROP TABLE t' }, 'DDL', 'SELECT'],
    [{ command: 'GRANT', class: 'TABLE', commandText: 'SELECT 1' }, 'DCL', 'GRANT'],
    [{ command: 'BATCH COMPLETED', class: 'SERVER', commandText: 'DELETE FROM t' }, 'DML', 'BATCH COMPLETED'],
    [{ command: 'FROBNICATE', class: 'TABLE', commandText: 'FROBNICATE' }, 'UNKNOWN', 'FROBNICATE'],
    [{ command: 'DELETE', class: 5, commandText: {} }, 'DML', 'DELETE'],
    [{ commandText: 'DELETE FROM t' }, 'DML', null],
  ])('%j', (fields, expected, action) => {
    expect(readSqlServer({ exitCode: 1, ...fields })).toMatchObject({
      class: expected,
      statementClass: expected,
      action,
    });
  });

  it('of a statement that is split, only the first part can be read', () => {
    const part = { command: 'SELECT', class: 'TABLE', exitCode: 1, commandText: "it' DROP TABLE t" };

    const first = readSqlServer({ ...part, substatementId: 1, commandText: "SELECT 'say" });
    const second = readSqlServer({ ...part, substatementId: 2 });

    expect(first).toMatchObject({ class: 'DQL', statement: { text: "SELECT 'say", dialect: 'sqlserver' } });
    expect(second).toMatchObject({ class: 'DQL', statement: { text: "it' DROP TABLE t", dialect: null } });
  });

  it.each([undefined, null, 1, '1'])('part %j is where a statement begins', (substatementId) => {
    const { class: given, statement } = readSqlServer({ commandText: 'DROP TABLE t', exitCode: 1, substatementId });

    expect([given, statement?.dialect]).toEqual(['DDL', 'sqlserver']);
  });

  it.each([2, '2', 0, '', 1.5, true, {}, [1]])('part %j may begin within a literal', (substatementId) => {
    const { class: given, statement } = readSqlServer({ commandText: 'DROP TABLE t', exitCode: 1, substatementId });

    expect([given, statement?.dialect]).toEqual(['UNKNOWN', null]);
  });

  it("the message of a login is no statement, and no event's text is shown as one", () => {
    const login = { command: 'LOGIN FAILED', exitCode: 0, commandText: "Login failed for user 'eve'." };

    expect(readSqlServer(login).statement).toBeNull();
    expect(readSqlServer({ ...login, command: 'LOGIN SUCCEEDED', exitCode: 1 }).statement).toBeNull();
  });
});
