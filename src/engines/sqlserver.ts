import type { StatementClass } from '../activity.ts';
import { classifyStatement, mostSensitiveKnown } from '../sql/statement.ts';
import { indexPhrases, longestPhrase } from '../sql/verbs.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readId, readText, readWord } from './fields.ts';
import { type Facts, ofSession, ofStatement, type Reading, type SessionClass, type Vocabulary } from './reading.ts';

const SESSIONS: ReadonlyMap<string, SessionClass> = new Map([
  ['LOGIN SUCCEEDED', 'CONNECT'],
  ['DATABASE AUTHENTICATION SUCCEEDED', 'CONNECT'],
  ['BROKER LOGIN', 'CONNECT'],
  ['DATABASE MIRRORING LOGIN', 'CONNECT'],
  ['GLOBAL TRANSACTIONS LOGIN', 'CONNECT'],
  ['STORAGE LOGIN', 'CONNECT'],
  ['CONNECT', 'CONNECT'],
  ['LOGIN FAILED', 'AUTH_FAILURE'],
  ['DATABASE AUTHENTICATION FAILED', 'AUTH_FAILURE'],
  ['LOGOUT', 'DISCONNECT'],
  ['DATABASE LOGOUT', 'DISCONNECT'],
]);

/**
 * What an action begins with, where that is no statement's verb or means otherwise.
 * https://learn.microsoft.com/en-us/sql/relational-databases/system-dynamic-management-views/sys-dm-audit-actions-transact-sql
 */
const ACTIONS = indexPhrases({
  DCL: [
    'ADD FEATURE RESTRICTION',
    'ADD MEMBER',
    'CHANGE DEFAULT DATABASE',
    'CHANGE DEFAULT LANGUAGE',
    'CHANGE LOGIN CREDENTIAL',
    'CHANGE OWN PASSWORD',
    'CHANGE PASSWORD',
    'CHANGE USERS LOGIN',
    'COPY PASSWORD',
    'CREDENTIAL MAP',
    'DISABLE',
    'DROP FEATURE RESTRICTION',
    'DROP MEMBER',
    'ENABLE',
    'MUST CHANGE PASSWORD',
    'NAME CHANGE',
    'NO CREDENTIAL MAP',
    'PASSWORD EXPIRATION',
    'PASSWORD POLICY',
    'RESET OWN PASSWORD',
    'RESET PASSWORD',
    'TAKE OWNERSHIP',
    'UNLOCK ACCOUNT',
  ],
  DDL: ['ALTER LEDGER', 'ENABLE LEDGER', 'REFERENCES', 'TRANSFER'],
  DML: ['BULK ADMIN', 'DATABASE BULK ADMIN'],
  EXECUTE: ['RPC COMPLETED', 'RPC STARTED'],
  DQL: ['VIEW'],
  TCL: ['STATEMENT ROLLBACK', 'TRANSACTION', 'UNDO STATEMENT'],
  MISC: [
    'ACCESS',
    'ALTER CONNECTION',
    'ALTER RESOURCES',
    'ALTER SERVER STATE',
    'ALTER SETTINGS',
    'ALTER TRACE',
    'AUDIT SESSION CHANGED',
    'AUDIT SHUTDOWN',
    'AUTHENTICATE',
    'EXTERNAL ACCESS ASSEMBLY',
    'FULLTEXT',
    'GENERATE LEDGER DIGEST',
    'IMPERSONATE',
    'SERVER CONTINUE',
    'SERVER PAUSED',
    'SERVER SHUTDOWN',
    'SERVER STARTED',
    'SHOW PLAN',
    'SUBSCRIBE QUERY NOTIFICATION',
    'TRACE AUDIT',
    'UNSAFE ASSEMBLY',
    'USER DEFINED AUDIT',
    'VERIFY LEDGER',
  ],
});

const STRUCTURE_VERBS = new Set(['CREATE', 'ALTER', 'DROP']);

/**
 * The classes that are accounts.
 * https://learn.microsoft.com/en-us/sql/relational-databases/system-dynamic-management-views/sys-dm-audit-class-type-map-transact-sql
 */
const ACCOUNTS = new Set([
  'APPLICATION ROLE',
  'ASYMMETRIC KEY LOGIN',
  'ASYMMETRIC KEY USER',
  'CERTIFICATE LOGIN',
  'CERTIFICATE USER',
  'CREDENTIAL',
  'DATABASE CREDENTIAL',
  'DATABASE SCOPED CREDENTIAL',
  'EXTERNAL GROUP LOGIN',
  'EXTERNAL GROUP USER',
  'EXTERNAL LOGIN',
  'EXTERNAL USER',
  'GROUP USER',
  'LOGIN',
  'ROLE',
  'SERVER ROLE',
  'SQL LOGIN',
  'SQL USER',
  'USER',
  'WINDOWS GROUP',
  'WINDOWS LOGIN',
  'WINDOWS USER',
]);

/** RDS for SQL Server: the actions of SQL Server Audit, and the classes of what they apply to. */
export const sqlServer: Vocabulary = { serverType: 'sqlserver', sessions: SESSIONS, words: ACTIONS, read };

function read(fields: JsonObject): Reading {
  const command = readWord(fields.command)?.toUpperCase() ?? null;
  const text = readWord(fields.commandText);
  // 1 is success: the flag says whether the permission was given, or the login let in.
  const failed = readId(fields.exitCode) === '0' || readWord(fields.errorMessage) !== null;
  // A long statement is split over several events: the later ones may begin within a literal.
  const part = fields.substatementId ?? 1;
  const continues = part !== 1 && part !== '1';
  const facts: Facts = {
    action: command,
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode: readErrorNumber(fields.engineNativeAuditFields),
    auxiliary: false,
    statement: text === null ? null : { text, dialect: continues ? null : 'sqlserver' },
  };

  const session = SESSIONS.get(command ?? '');
  if (session !== undefined) return ofSession(facts, session);
  const written = text === null || continues ? null : classifyStatement(text, 'sqlserver');
  const statementClass = mostSensitiveKnown([classifyAction(command ?? '', fields.class), written?.class ?? 'UNKNOWN']);
  // CREATE TABLE arrives as ALTER of a SCHEMA.
  const precise = STRUCTURE_VERBS.has(command ?? '') && STRUCTURE_VERBS.has(written?.action?.split(' ')[0] ?? '');
  return ofStatement({ ...facts, action: precise ? (written?.action ?? command) : command }, statementClass);
}

function classifyAction(command: string, objectClass: unknown): StatementClass {
  if (STRUCTURE_VERBS.has(command) && ACCOUNTS.has(readText(objectClass)?.toUpperCase() ?? '')) return 'DCL';
  return longestPhrase(ACTIONS, command.split(' '), 0)?.class ?? classifyStatement(command, 'sqlserver').class;
}

/** The error's number, which the audit writes in hexadecimal into a text of XML; null where it names none. */
function readErrorNumber(native: unknown): string | null {
  const { additional_information: information } = (native ?? {}) as { additional_information?: unknown };
  const [, digits] = /<error>0x([0-9A-Fa-f]{1,8})<\/error>/.exec(readText(information) ?? '') ?? [];
  return digits === undefined ? null : String(Number.parseInt(digits, 16));
}
