import type { ActivityClass } from '../src/activity.ts';
import type { SealingEngine } from './database-activity.ts';

/** What must become of an event. */
export type Fate =
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'archived'; readonly class: ActivityClass; readonly auxiliary: boolean }
  | { readonly kind: 'dropped'; readonly rule: string };

/** Something that happens at an instance, with what must become of it. */
export interface Scene {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly fate: Fate;
}

export const HEARTBEAT: Scene = { fields: { type: 'heartbeat' }, fate: { kind: 'heartbeat' } };

function archived(activityClass: ActivityClass, fields: Readonly<Record<string, unknown>>): Scene {
  return { fields, fate: { kind: 'archived', class: activityClass, auxiliary: fields.class === 'AUX' } };
}

function droppedAsServiceUser(fields: Readonly<Record<string, unknown>>): Scene {
  return { fields, fate: { kind: 'dropped', rule: 'service-users' } };
}

// The class beside each scene is written by hand, from the contract: it judges the product.
export const SCENES: Record<SealingEngine, readonly Scene[]> = {
  'aurora-postgresql': [
    archived('CONNECT', { command: 'CONNECT', class: 'MISC', commandText: null }),
    archived('AUTH_FAILURE', {
      command: 'AUTH FAILURE',
      class: 'MISC',
      commandText: null,
      dbUserName: 'postgres',
      remoteHost: '203.0.113.77',
      exitCode: '28P01',
      errorMessage: 'password authentication failed for user "postgres"',
    }),
    archived('DDL', {
      command: 'CREATE TABLE',
      class: 'DDL',
      commandText: "CREATE TABLE payroll.bonus (id serial PRIMARY KEY, note text DEFAULT 'none')",
      objectType: 'TABLE',
      objectName: 'payroll.bonus',
    }),
    archived('DML', {
      command: 'INSERT',
      class: 'WRITE',
      commandText: "INSERT INTO payroll.bonus (note) VALUES ('for 4711')",
      objectType: 'TABLE',
      objectName: 'payroll.bonus',
      rowCount: 1,
    }),
    archived('DML', {
      command: 'SELECT',
      class: 'READ',
      commandText: 'WITH gone AS (DELETE FROM payroll.bonus WHERE id < 10 RETURNING *) SELECT count(*) FROM gone',
      objectType: 'TABLE',
      objectName: 'payroll.bonus',
      rowCount: 1,
    }),
    archived('DQL', {
      command: 'SELECT',
      class: 'READ',
      commandText: "SELECT * FROM payroll.salaries WHERE name = 'O''Hara' AND amount > 98765",
      objectType: 'TABLE',
      objectName: 'payroll.salaries',
      rowCount: 3,
      paramList: ['bind-value-1'],
    }),
    archived('DCL', {
      command: 'GRANT',
      class: 'ROLE',
      commandText: 'GRANT SELECT ON payroll.salaries TO auditor',
      objectType: 'TABLE',
      objectName: 'payroll.salaries',
    }),
    archived('DCL', { command: 'ALTER ROLE', class: 'ROLE', commandText: "ALTER ROLE auditor PASSWORD 'swordfish'" }),
    archived('TCL', { command: 'BEGIN', class: 'MISC', commandText: 'BEGIN' }),
    archived('EXECUTE', {
      command: 'EXECUTE',
      class: 'FUNCTION',
      commandText: 'SELECT payroll.close_month(11)',
      objectType: 'FUNCTION',
      objectName: 'payroll.close_month',
    }),
    archived('MISC', { command: 'SET', class: 'MISC', commandText: 'SET search_path TO payroll, public' }),
    archived('ERROR', {
      command: 'ERROR',
      class: 'MISC',
      commandText: 'DROP TABLE payroll.missing',
      exitCode: '42P01',
      errorMessage: 'table "missing" does not exist',
    }),
    archived('UNKNOWN', { command: 'FROBNICATE', class: 'NONE', commandText: 'FROBNICATE payroll' }),
    archived('DISCONNECT', { command: 'DISCONNECT', class: 'MISC', commandText: null }),
    droppedAsServiceUser({ command: 'SELECT', class: 'READ', commandText: 'SELECT 1', dbUserName: 'rdsadmin' }),
  ],
  'aurora-mysql': [
    archived('CONNECT', { command: 'CONNECT', commandText: '' }),
    archived('AUTH_FAILURE', {
      command: 'FAILED_CONNECT',
      commandText: '',
      dbUserName: 'root',
      remoteHost: '198.51.100.9',
      exitCode: '1045',
    }),
    archived('DDL', {
      command: 'QUERY',
      commandText: '/* release 42 */ CREATE TABLE orders (id INT, note VARCHAR(20))',
      objectType: 'TABLE',
      objectName: 'orders',
    }),
    archived('DDL', {
      class: 'AUX',
      command: 'CREATE',
      commandText: 'orders',
      objectType: 'TABLE',
      objectName: 'orders',
      substatementId: 2,
      exitCode: '',
    }),
    archived('DML', {
      command: 'QUERY',
      commandText: "INSERT INTO orders VALUES (1, 'it\\'s paid with 4111111111111111')",
    }),
    archived('DML', { command: 'QUERY', commandText: '-- nightly\nDELETE FROM orders WHERE id < 1000', rowCount: 12 }),
    archived('DQL', { command: 'QUERY', commandText: '(SELECT id FROM orders) UNION (SELECT 7)' }),
    archived('DQL', {
      class: 'AUX',
      command: 'READ',
      commandText: 'orders',
      objectType: 'TABLE',
      objectName: 'orders',
      substatementId: 2,
      exitCode: '',
    }),
    archived('DCL', { command: 'QUERY', commandText: "CREATE USER 'eve'@'%' IDENTIFIED BY 'correct horse'" }),
    archived('TCL', { command: 'QUERY', commandText: 'START TRANSACTION' }),
    archived('EXECUTE', { command: 'QUERY', commandText: 'CALL close_month(11)' }),
    archived('MISC', { command: 'QUERY', commandText: 'SET NAMES utf8mb4' }),
    archived('ERROR', {
      command: 'QUERY',
      commandText: 'UPDATE orders SET nope = 1',
      exitCode: '1054',
      errorMessage: "Unknown column 'nope' in 'field list'",
    }),
    archived('UNKNOWN', { command: 'QUERY', commandText: 'FROBNICATE orders' }),
    archived('DISCONNECT', { command: 'DISCONNECT', commandText: '' }),
    droppedAsServiceUser({ command: 'QUERY', commandText: 'SHOW GLOBAL STATUS', dbUserName: 'rdsproxyadmin' }),
  ],
  oracle: [
    archived('CONNECT', { command: 'LOGON', commandText: null }),
    archived('AUTH_FAILURE', {
      command: 'LOGON',
      commandText: null,
      dbUserName: 'SCOTT',
      remoteHost: '203.0.113.78',
      exitCode: 1017,
    }),
    archived('DDL', {
      command: 'CREATE TABLE',
      commandText: "CREATE TABLE bonus (id NUMBER, note VARCHAR2(20) DEFAULT q'[it's none]')",
      objectType: 'PAYROLL',
      objectName: 'BONUS',
    }),
    archived('DML', {
      command: 'MERGE',
      commandText: 'MERGE INTO bonus b USING raises r ON (b.id = r.id) WHEN MATCHED THEN UPDATE SET b.note = r.note',
    }),
    archived('DML', { command: 'EXECUTE', commandText: 'BEGIN DELETE FROM bonus WHERE id < 100; END;' }),
    archived('DQL', { command: 'SELECT', commandText: "SELECT * FROM bonus WHERE note = 'for 4711'" }),
    archived('DCL', { command: 'ALTER USER', commandText: 'ALTER USER eve IDENTIFIED BY tiger' }),
    archived('TCL', { command: 'COMMIT', commandText: 'COMMIT' }),
    archived('EXECUTE', { command: 'EXECUTE', commandText: 'BEGIN close_month(11); END;' }),
    archived('MISC', { command: 'ALTER SESSION', commandText: "ALTER SESSION SET NLS_LANGUAGE = 'GERMAN'" }),
    archived('ERROR', { command: 'DROP TABLE', commandText: 'DROP TABLE missing', exitCode: 942 }),
    archived('UNKNOWN', { command: 'FROBNICATE', commandText: 'FROBNICATE bonus' }),
    archived('DISCONNECT', { command: 'LOGOFF', commandText: null }),
    droppedAsServiceUser({ command: 'SELECT', commandText: 'SELECT 1 FROM dual', dbUserName: 'RDSADMIN' }),
  ],
  sqlserver: [
    archived('CONNECT', { command: 'LOGIN SUCCEEDED', class: 'LOGIN', commandText: '-- network protocol: TCP/IP' }),
    archived('AUTH_FAILURE', {
      command: 'LOGIN FAILED',
      class: 'LOGIN',
      commandText: "Login failed for user 'sa'. Reason: Password did not match.",
      dbUserName: 'sa',
      remoteHost: '198.51.100.10',
      exitCode: 0,
      engineNativeAuditFields: { additional_information: '<action_info><error>0x00004818</error></action_info>' },
    }),
    archived('DDL', {
      command: 'ALTER',
      class: 'SCHEMA',
      commandText: 'CREATE TABLE dbo.bonus (id int, note nvarchar(20))',
    }),
    archived('DML', {
      command: 'INSERT',
      class: 'TABLE',
      commandText: "INSERT INTO dbo.bonus VALUES (1, N'for 4711')",
    }),
    archived('DQL', { command: 'SELECT', class: 'TABLE', commandText: 'SELECT * FROM [payroll].[dbo].[bonus]' }),
    archived('DCL', {
      command: 'CREATE',
      class: 'LOGIN',
      commandText: "CREATE LOGIN eve WITH PASSWORD = 'correct horse'",
    }),
    archived('TCL', { command: 'TRANSACTION BEGIN', class: 'DATABASE', commandText: 'BEGIN TRAN' }),
    archived('EXECUTE', { command: 'EXECUTE', class: 'STORED PROCEDURE', commandText: 'EXEC dbo.close_month 11' }),
    archived('MISC', { command: 'DBCC', class: 'DATABASE', commandText: "DBCC CHECKDB ('payroll')" }),
    archived('ERROR', { command: 'DELETE', class: 'TABLE', commandText: 'DELETE FROM dbo.salaries', exitCode: 0 }),
    archived('UNKNOWN', { command: 'FROBNICATE', class: 'TABLE', commandText: 'FROBNICATE' }),
    archived('DISCONNECT', { command: 'LOGOUT', class: 'LOGIN', commandText: '' }),
    droppedAsServiceUser({ command: 'SELECT', class: 'TABLE', commandText: 'SELECT 1', dbUserName: 'rdssec' }),
  ],
};

/** What all events of an engine have, as in AWS' documentation. */
const COMMON: Record<SealingEngine, Readonly<Record<string, unknown>>> = {
  'aurora-postgresql': {
    type: 'record',
    clientApplication: 'psql',
    pid: 32356,
    dbUserName: 'alice',
    databaseName: 'payroll',
    remoteHost: '10.1.2.3',
    remotePort: '34534',
    paramList: [],
    objectType: null,
    objectName: null,
    substatementId: 1,
    exitCode: null,
    sessionId: '5ce73c6f.7e64',
    rowCount: null,
    serverHost: '10.1.9.9',
    serverType: 'PostgreSQL',
    serviceName: 'Amazon Aurora PostgreSQL-Compatible edition',
    serverVersion: '16.4.1',
    dbProtocol: 'Postgres 3.0',
    netProtocol: 'TCP',
    errorMessage: null,
  },
  'aurora-mysql': {
    type: 'record',
    class: 'MAIN',
    clientApplication: null,
    pid: 2830,
    dbUserName: 'master',
    databaseName: 'shop',
    remoteHost: '10.20.0.7',
    remotePort: '11054',
    paramList: null,
    objectType: 'TABLE',
    objectName: '',
    substatementId: 1,
    exitCode: '0',
    sessionId: '725118',
    rowCount: 0,
    serverHost: 'master',
    serverType: 'MySQL',
    serviceName: 'Amazon Aurora MySQL',
    serverVersion: 'MySQL 8.0.39',
    transactionId: '0',
    dbProtocol: 'MySQL',
    netProtocol: 'TCP',
    errorMessage: '',
  },
  oracle: {
    class: 'Standard',
    clientApplication: 'JDBC Thin Client',
    pid: 17904,
    dbid: '0123456789',
    dbUserName: 'ALICE',
    databaseName: 'ORCL',
    remoteHost: '10.30.0.7',
    remotePort: '25440',
    paramList: [],
    objectType: null,
    objectName: null,
    substatementId: null,
    exitCode: 0,
    sessionId: 987_654_321,
    rowCount: null,
    serverHost: '10.30.9.9',
    serverType: 'ORACLE',
    serviceName: 'oracle-ee',
    serverVersion: '19.0.0.0.ru-2025-10.rur-2025-10.r1.EE.3',
    transactionId: '090011007F0D0000',
    dbProtocol: 'oracle',
    netProtocol: 'tcp',
    errorMessage: null,
    engineNativeAuditFields: { UNIFIED_AUDIT_POLICIES: 'ALL_ACTIONS', DBID: 123_456_789, INSTANCE_ID: 1 },
  },
  sqlserver: {
    type: 'record',
    clientApplication: 'Microsoft SQL Server Management Studio - Query',
    pid: null,
    dbUserName: 'alice',
    databaseName: 'payroll',
    remoteHost: '10.40.0.7',
    remotePort: null,
    paramList: null,
    objectType: 'TABLE',
    objectName: 'bonus',
    substatementId: 1,
    exitCode: 1,
    sessionId: 62,
    rowCount: 0,
    serverHost: '10.40.9.9',
    serverType: 'SQLSERVER',
    serviceName: 'sqlserver-ee',
    serverVersion: '16.00.4210.1.v1.R1',
    transactionId: '4532935',
    dbProtocol: 'SQLSERVER',
    netProtocol: null,
    errorMessage: null,
  },
};

/** How each engine writes a moment, given to the microsecond. */
const WRITE_TIME: Record<SealingEngine, (moment: string) => string> = {
  'aurora-postgresql': (moment) => `${moment}+00`,
  'aurora-mysql': (moment) => `${moment}+00`,
  oracle: (moment) => moment,
  sqlserver: (moment) => `${moment}0+00`,
};

/** The event that a database writes of a scene. `moment` is `YYYY-MM-DD HH:MM:SS.ffffff`. */
export function writeEvent(
  engine: SealingEngine,
  { fields, fate }: Scene,
  moment: string,
  statementId: number,
): Readonly<Record<string, unknown>> {
  if (fate.kind === 'heartbeat') return fields;
  const time = WRITE_TIME[engine](moment);
  return { ...COMMON[engine], logTime: time, startTime: time, statementId, ...fields };
}
