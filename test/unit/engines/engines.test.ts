import { describe, expect, it } from 'vitest';
import type { ActivityClass, Outcome, StatementClass } from '../../../src/activity.ts';
import { readEvent, VOCABULARIES } from '../../../src/engines/index.ts';
import type { Vocabulary } from '../../../src/engines/reading.ts';
import { readFixture } from '../../support/activity.ts';

/** An event of a documented sample: most have the record around them. */
function readSample(name: string): Readonly<Record<string, unknown>> {
  const sample = JSON.parse(readFixture(name));
  return sample.databaseActivityEventList?.[0] ?? sample;
}

describe('the documented samples are read as the contract says', () => {
  const CREATE_TABLE = 'create table my_table (id serial primary key, name varchar(32));';
  const CREATE_INDEX = 'CREATE INDEX scale_slow ON scale_data (section, id1, id2);';

  // sample, class, statementClass, action, outcome, errorCode, auxiliary, statement
  type Row = [string, ActivityClass, StatementClass | null, string, Outcome, string | null, boolean, string | null];
  it.each<Row>([
    ['aurora-postgresql-1', 'CONNECT', null, 'CONNECT', 'SUCCESS', null, false, null],
    ['aurora-postgresql-2', 'DDL', 'DDL', 'CREATE TABLE', 'SUCCESS', null, false, CREATE_TABLE],
    ['aurora-postgresql-3', 'DQL', 'DQL', 'SELECT', 'SUCCESS', null, false, 'select * from my_table;'],
    ['aurora-postgresql-8', 'DDL', 'DDL', 'CREATE INDEX', 'SUCCESS', null, false, CREATE_INDEX],
    ['aurora-mysql-1', 'CONNECT', null, 'CONNECT', 'SUCCESS', null, false, null],
    ['aurora-mysql-2', 'DDL', 'DDL', 'CREATE TABLE', 'SUCCESS', null, false, 'CREATE TABLE test1 (id INT)'],
    ['aurora-mysql-3', 'DDL', 'DDL', 'CREATE', 'SUCCESS', null, true, null],
    ['aurora-mysql-5', 'DQL', 'DQL', 'READ', 'SUCCESS', null, true, null],
    ['aurora-mysql-6', 'DQL', 'DQL', 'READ', 'SUCCESS', null, true, null],
  ])('%s is %s', (name, activityClass, statementClass, action, outcome, errorCode, auxiliary, statement) => {
    const { engine, reading } = readEvent(readSample(name));

    expect(engine).toBe(name.replace(/-\d$/, ''));
    expect({ ...reading, statement: reading.statement?.text ?? null }).toEqual({
      class: activityClass,
      statementClass,
      action,
      outcome,
      errorCode,
      auxiliary,
      statement,
    });
  });
});

/** What of an event is set, what its class, statementClass, outcome, action and errorCode must be. */
type Row = [object, ActivityClass, StatementClass | null, Outcome, string | null, string | null];

function readShort(fields: object) {
  const { reading } = readEvent({ ...fields });
  return [reading.class, reading.statementClass, reading.outcome, reading.action, reading.errorCode];
}

describe('Aurora PostgreSQL: the command decides first, and the audit class is the least a statement can be', () => {
  const AUTHENTICATION = 'password authentication failed';

  it.each<Row>([
    // Sessions
    [{ command: 'CONNECT', class: 'MISC' }, 'CONNECT', null, 'SUCCESS', 'CONNECT', null],
    [{ command: 'CONNECT', class: 'CONNECT' }, 'CONNECT', null, 'SUCCESS', 'CONNECT', null],
    [{ command: 'connect', class: 'misc' }, 'CONNECT', null, 'SUCCESS', 'CONNECT', null],
    [{ command: 'DISCONNECT', class: 'MISC' }, 'DISCONNECT', null, 'SUCCESS', 'DISCONNECT', null],
    [{ command: 'AUTH FAILURE', class: 'CONNECT' }, 'AUTH_FAILURE', null, 'FAILURE', 'AUTH FAILURE', null],
    [
      { command: 'AUTH FAILURE', class: 'MISC', exitCode: '28P01', errorMessage: AUTHENTICATION },
      'AUTH_FAILURE',
      null,
      'FAILURE',
      'AUTH FAILURE',
      '28P01',
    ],
    // Errors
    [{ command: 'ERROR', class: 'MISC', commandText: 'FROBNICATE' }, 'ERROR', 'UNKNOWN', 'FAILURE', 'ERROR', null],
    [{ command: 'WOBBLE', class: 'READ', commandText: null }, 'DQL', 'DQL', 'SUCCESS', 'WOBBLE', null],
    [{ command: 'WOBBLE', class: 'WRITE', commandText: null }, 'DML', 'DML', 'SUCCESS', 'WOBBLE', null],
    [{ command: 'WOBBLE', class: 'FUNCTION', commandText: null }, 'EXECUTE', 'EXECUTE', 'SUCCESS', 'WOBBLE', null],
    [{ command: 'WOBBLE', class: 'ROLE', commandText: null }, 'DCL', 'DCL', 'SUCCESS', 'WOBBLE', null],
    [{ command: 'WOBBLE', class: 'DDL', commandText: null }, 'DDL', 'DDL', 'SUCCESS', 'WOBBLE', null],
    [{ command: 'WOBBLE', class: 'MISC', commandText: null }, 'MISC', 'MISC', 'SUCCESS', 'WOBBLE', null],
    [{ command: 'ERROR', class: 'MISC', commandText: null }, 'ERROR', null, 'FAILURE', 'ERROR', null],
    [
      { command: 'SELECT', class: 'FUNCTION', commandText: 'SELECT f()' },
      'EXECUTE',
      'EXECUTE',
      'SUCCESS',
      'SELECT',
      null,
    ],
    [{ command: 'ERROR', class: 'NONE' }, 'ERROR', null, 'FAILURE', 'ERROR', null],
    [{ command: 'ERROR', class: 'NONE', exitCode: '42601' }, 'ERROR', null, 'FAILURE', 'ERROR', '42601'],
    [
      { command: 'ERROR', class: 'MISC', exitCode: '42P01', commandText: 'DROP TABLE missing' },
      'ERROR',
      'DDL',
      'FAILURE',
      'DROP TABLE',
      '42P01',
    ],
    [
      { command: 'ERROR', class: 'NONE', exitCode: '42601', commandText: 'FROBNICATE' },
      'ERROR',
      'UNKNOWN',
      'FAILURE',
      'ERROR',
      '42601',
    ],
    [
      { command: 'SELECT', class: 'READ', commandText: 'SELECT 1/0', exitCode: '22012', errorMessage: 'by zero' },
      'ERROR',
      'DQL',
      'FAILURE',
      'SELECT',
      '22012',
    ],
    [
      { command: 'INSERT', class: 'WRITE', commandText: 'INSERT INTO t VALUES (1)', errorMessage: 'no' },
      'ERROR',
      'DML',
      'FAILURE',
      'INSERT',
      null,
    ],
    [
      { command: 'SELECT', class: 'READ', commandText: 'SELECT 1', exitCode: null, errorMessage: '' },
      'DQL',
      'DQL',
      'SUCCESS',
      'SELECT',
      null,
    ],
    // The command or the text makes it more precise
    [{ command: 'BEGIN', class: 'MISC', commandText: 'BEGIN' }, 'TCL', 'TCL', 'SUCCESS', 'BEGIN', null],
    [{ command: 'COMMIT', class: 'MISC', commandText: 'COMMIT' }, 'TCL', 'TCL', 'SUCCESS', 'COMMIT', null],
    [{ command: 'SET', class: 'MISC', commandText: 'SET a TO 1' }, 'MISC', 'MISC', 'SUCCESS', 'SET', null],
    [{ command: 'VACUUM', class: 'MISC', commandText: 'VACUUM t' }, 'MISC', 'MISC', 'SUCCESS', 'VACUUM', null],
    [{ command: 'SHOW', class: 'MISC', commandText: 'SHOW ALL' }, 'DQL', 'DQL', 'SUCCESS', 'SHOW', null],
    // The text makes it more sensitive
    [
      {
        command: 'SELECT',
        class: 'READ',
        commandText: 'WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone',
      },
      'DML',
      'DML',
      'SUCCESS',
      'SELECT',
      null,
    ],
    [
      { command: 'SELECT', class: 'READ', commandText: 'SELECT 1; DROP TABLE t' },
      'DDL',
      'DDL',
      'SUCCESS',
      'SELECT',
      null,
    ],
    // The audit class makes it more sensitive than the text
    [{ command: 'SELECT', class: 'WRITE', commandText: 'SELECT f()' }, 'DML', 'DML', 'SUCCESS', 'SELECT', null],
    [{ command: 'SELECT', class: 'ROLE', commandText: 'SELECT f()' }, 'DCL', 'DCL', 'SUCCESS', 'SELECT', null],
    [
      { command: 'EXECUTE', class: 'FUNCTION', commandText: 'SELECT f()' },
      'EXECUTE',
      'EXECUTE',
      'SUCCESS',
      'EXECUTE',
      null,
    ],
    [
      { command: 'DO', class: 'FUNCTION', commandText: 'DO $$ BEGIN END $$' },
      'EXECUTE',
      'EXECUTE',
      'SUCCESS',
      'DO',
      null,
    ],
    [{ command: 'GRANT', class: 'ROLE', commandText: 'GRANT a TO b' }, 'DCL', 'DCL', 'SUCCESS', 'GRANT', null],
    [
      { command: 'ALTER ROLE', class: 'ROLE', commandText: 'ALTER ROLE a SUPERUSER' },
      'DCL',
      'DCL',
      'SUCCESS',
      'ALTER ROLE',
      null,
    ],
    [
      { command: 'INSERT', class: 'WRITE', commandText: 'INSERT INTO t DEFAULT VALUES' },
      'DML',
      'DML',
      'SUCCESS',
      'INSERT',
      null,
    ],
    [
      { command: 'TRUNCATE TABLE', class: 'WRITE', commandText: 'TRUNCATE t' },
      'DML',
      'DML',
      'SUCCESS',
      'TRUNCATE TABLE',
      null,
    ],
    [
      { command: 'CREATE TABLE AS', class: 'DDL', commandText: 'CREATE TABLE t AS SELECT 1' },
      'DDL',
      'DDL',
      'SUCCESS',
      'CREATE TABLE AS',
      null,
    ],
    [{ command: 'SELECT', class: 'READ', commandText: null }, 'DQL', 'DQL', 'SUCCESS', 'SELECT', null],
    // Not understood
    [
      { command: 'FROBNICATE', class: 'NONE', commandText: 'FROBNICATE t' },
      'UNKNOWN',
      'UNKNOWN',
      'SUCCESS',
      'FROBNICATE',
      null,
    ],
    [{ command: 'FROBNICATE', class: 'ALL', commandText: null }, 'UNKNOWN', 'UNKNOWN', 'SUCCESS', 'FROBNICATE', null],
    [{ command: 'FROBNICATE', class: 'NEW', commandText: '' }, 'UNKNOWN', 'UNKNOWN', 'SUCCESS', 'FROBNICATE', null],
    [{}, 'UNKNOWN', 'UNKNOWN', 'SUCCESS', null, null],
    [
      { command: 5, class: [], commandText: {}, exitCode: [], errorMessage: 7 },
      'UNKNOWN',
      'UNKNOWN',
      'SUCCESS',
      null,
      null,
    ],
    [{ command: 'SELECT', class: 'constructor', commandText: 'SELECT 1' }, 'DQL', 'DQL', 'SUCCESS', 'SELECT', null],
  ])('%j is %s', (fields, ...expected) => {
    expect(readShort({ serverType: 'PostgreSQL', ...fields })).toEqual(expected);
  });

  it.each(['CONNECT', 'DISCONNECT', 'AUTH FAILURE'])('%s has no statement', (command) => {
    const { reading } = readEvent({ serverType: 'PostgreSQL', command, commandText: null });

    expect(reading.statement).toBeNull();
  });

  it('an error keeps its statement', () => {
    const fields = { serverType: 'PostgreSQL', command: 'ERROR', commandText: 'DROP TABLE missing' };

    expect(readEvent(fields).reading.statement).toEqual({ text: 'DROP TABLE missing', dialect: 'postgresql' });
  });
});

describe('Aurora MySQL: the text of a QUERY, and the command of an AUX event, decide', () => {
  const query = (commandText: unknown, exitCode: unknown = '0') => ({
    class: 'MAIN',
    command: 'QUERY',
    commandText,
    exitCode,
    errorMessage: '',
  });
  const auxiliary = (command: string) => ({
    class: 'AUX',
    command,
    commandText: 'test1',
    exitCode: '',
    errorMessage: '',
  });

  it.each<Row>([
    // Sessions
    [{ class: 'MAIN', command: 'CONNECT', exitCode: '0' }, 'CONNECT', null, 'SUCCESS', 'CONNECT', null],
    [{ class: 'MAIN', command: 'CONNECT', exitCode: '1045' }, 'AUTH_FAILURE', null, 'FAILURE', 'CONNECT', '1045'],
    [{ class: 'MAIN', command: 'DISCONNECT', exitCode: '0' }, 'DISCONNECT', null, 'SUCCESS', 'DISCONNECT', null],
    [
      { class: 'MAIN', command: 'FAILED_CONNECT', exitCode: '1045' },
      'AUTH_FAILURE',
      null,
      'FAILURE',
      'FAILED_CONNECT',
      '1045',
    ],
    [
      { class: 'MAIN', command: 'FAILED_CONNECT', exitCode: '0' },
      'AUTH_FAILURE',
      null,
      'FAILURE',
      'FAILED_CONNECT',
      null,
    ],
    [{ class: 'MAIN', command: 'CHANGEUSER', exitCode: '0' }, 'CONNECT', null, 'SUCCESS', 'CHANGEUSER', null],
    [{ class: 'MAIN', command: 'CHANGEUSER', exitCode: '1045' }, 'AUTH_FAILURE', null, 'FAILURE', 'CHANGEUSER', '1045'],
    // Statements
    [query('SELECT 1'), 'DQL', 'DQL', 'SUCCESS', 'SELECT', null],
    [query('insert into t values (1)'), 'DML', 'DML', 'SUCCESS', 'INSERT', null],
    [query('LOAD DATA INFILE "x" INTO TABLE t'), 'DML', 'DML', 'SUCCESS', 'LOAD DATA', null],
    [query('GRANT ALL ON *.* TO a'), 'DCL', 'DCL', 'SUCCESS', 'GRANT', null],
    [query("CREATE USER 'a'@'%' IDENTIFIED BY 'b'"), 'DCL', 'DCL', 'SUCCESS', 'CREATE USER', null],
    [query('CALL f()'), 'EXECUTE', 'EXECUTE', 'SUCCESS', 'CALL', null],
    [query('START TRANSACTION'), 'TCL', 'TCL', 'SUCCESS', 'START TRANSACTION', null],
    [query('SET autocommit = 1'), 'MISC', 'MISC', 'SUCCESS', 'SET', null],
    [query('SELECT 1; DROP TABLE t'), 'DDL', 'DDL', 'SUCCESS', 'DROP TABLE', null],
    // Errors
    [query('SELECT 1', '1146'), 'ERROR', 'DQL', 'FAILURE', 'SELECT', '1146'],
    [query('DROP TABLE t', 1051), 'ERROR', 'DDL', 'FAILURE', 'DROP TABLE', '1051'],
    [{ ...query('SELECT 1'), errorMessage: 'failed' }, 'ERROR', 'DQL', 'FAILURE', 'SELECT', null],
    [query('', '1064'), 'ERROR', null, 'FAILURE', 'QUERY', '1064'],
    [query('SELECT 1', 0), 'DQL', 'DQL', 'SUCCESS', 'SELECT', null],
    [query('SELECT 1', ''), 'DQL', 'DQL', 'SUCCESS', 'SELECT', null],
    [query('FROBNICATE', '1064'), 'ERROR', 'UNKNOWN', 'FAILURE', 'QUERY', '1064'],
    // Auxiliary events
    [auxiliary('READ'), 'DQL', 'DQL', 'SUCCESS', 'READ', null],
    [auxiliary('WRITE'), 'DML', 'DML', 'SUCCESS', 'WRITE', null],
    [auxiliary('CREATE'), 'DDL', 'DDL', 'SUCCESS', 'CREATE', null],
    [auxiliary('ALTER'), 'DDL', 'DDL', 'SUCCESS', 'ALTER', null],
    [auxiliary('DROP'), 'DDL', 'DDL', 'SUCCESS', 'DROP', null],
    [auxiliary('RENAME'), 'DDL', 'DDL', 'SUCCESS', 'RENAME', null],
    [auxiliary('FROBNICATE'), 'UNKNOWN', 'UNKNOWN', 'SUCCESS', 'FROBNICATE', null],
    // Not understood
    [query('FROBNICATE'), 'UNKNOWN', 'UNKNOWN', 'SUCCESS', 'QUERY', null],
    [query(null), 'UNKNOWN', 'UNKNOWN', 'SUCCESS', 'QUERY', null],
    [query(['SELECT 1']), 'UNKNOWN', 'UNKNOWN', 'SUCCESS', 'QUERY', null],
    [
      { class: 'MAIN', command: 'FROBNICATE', commandText: 'SELECT 1' },
      'UNKNOWN',
      'UNKNOWN',
      'SUCCESS',
      'FROBNICATE',
      null,
    ],
    [{}, 'UNKNOWN', 'UNKNOWN', 'SUCCESS', null, null],
    [
      { command: [], class: {}, commandText: 5, exitCode: {}, errorMessage: 7 },
      'UNKNOWN',
      'UNKNOWN',
      'SUCCESS',
      null,
      null,
    ],
  ])('%j is %s', (fields, ...expected) => {
    expect(readShort({ serverType: 'MySQL', ...fields })).toEqual(expected);
  });

  it.each([
    ['MAIN', false, { text: 'SELECT 1', dialect: 'mysql' }],
    ['AUX', true, null],
    ['aux', true, null],
  ])('the text of a %s event is a statement only when it is not auxiliary', (eventClass, isAuxiliary, statement) => {
    const command = isAuxiliary ? 'READ' : 'QUERY';

    const { reading } = readEvent({ serverType: 'MySQL', class: eventClass, command, commandText: 'SELECT 1' });

    expect(reading).toMatchObject({ auxiliary: isAuxiliary, statement });
  });

  it('a statement that is not understood is kept', () => {
    const { reading } = readEvent({ serverType: 'MySQL', ...query('FROBNICATE t') });

    expect(reading.statement?.text).toBe('FROBNICATE t');
  });
});

describe('an engine is what it calls itself, in any letter case', () => {
  it.each<[unknown, string]>([
    ['PostgreSQL', 'aurora-postgresql'],
    ['postgresql', 'aurora-postgresql'],
    ['MySQL', 'aurora-mysql'],
    ['MYSQL', 'aurora-mysql'],
    ['oracle', 'oracle'],
    ['ORACLE', 'oracle'],
    ['SQLSERVER', 'sqlserver'],
    ['sqlserver', 'sqlserver'],
    ['unknown', 'unknown'],
    ['null', 'unknown'],
    ['CockroachDB', 'unknown'],
    ['', 'unknown'],
    [null, 'unknown'],
    [undefined, 'unknown'],
    [5, 'unknown'],
    [['MySQL'], 'unknown'],
    [{ toString: null }, 'unknown'],
    ['__proto__', 'unknown'],
    ['constructor', 'unknown'],
  ])('%j is %s', (serverType, expected) => {
    const { engine } = readEvent({ serverType, command: 'CONNECT' });

    expect(engine).toBe(expected);
  });
});

describe('every engine', () => {
  const engines = Object.entries(VOCABULARIES);
  const readAs = (engine: Vocabulary, fields: object) => engine.read({ serverType: engine.serverType, ...fields });

  it('calls itself by one name, in lower case, that no other has', () => {
    const names = engines.map(([, { serverType }]) => serverType);

    expect(names.filter((name) => name !== (name?.toLowerCase() ?? null))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  describe.each(engines)('as %s', (engine, vocabulary) => {
    it('is found by its name in any letter case', () => {
      const { serverType } = vocabulary;

      expect(readEvent({ serverType: serverType?.toUpperCase() }).engine).toBe(engine);
      expect(readEvent({ serverType }).engine).toBe(engine);
    });

    it('keeps the class of a statement that failed', () => {
      const failed = { command: 'QUERY', commandText: 'DROP TABLE t', errorMessage: 'no' };

      expect(readAs(vocabulary, failed)).toMatchObject({ class: 'ERROR', statementClass: 'DDL', outcome: 'FAILURE' });
    });

    it('names no class of a statement that failed and of which nothing is known', () => {
      const failed = { command: 'FROBNICATE', errorMessage: 'no' };

      expect(readAs(vocabulary, failed)).toMatchObject({ class: 'ERROR', statementClass: null });
      expect(readAs(vocabulary, { ...failed, command: 'QUERY', commandText: 'FROBNICATE' })).toMatchObject({
        class: 'ERROR',
        statementClass: 'UNKNOWN',
      });
    });

    it('gives its words in upper case, and no word two meanings', () => {
      const words = [...vocabulary.words.keys(), ...vocabulary.sessions.keys()];

      expect(words.filter((word) => word !== word.toUpperCase())).toEqual([]);
      expect(new Set(words).size).toBe(words.length);
    });

    it('reads no event whose fields are of other types as something that it is not', () => {
      const fields = { command: ['DROP'], commandText: 5, class: {}, exitCode: [1], errorMessage: {} };

      expect(readAs(vocabulary, fields)).toMatchObject({ class: 'UNKNOWN', action: null, statement: null });
    });
  });
});
