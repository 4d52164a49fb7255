import { classifyStatement, mostSensitiveKnown } from '../sql/statement.ts';
import { indexPhrases } from '../sql/verbs.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readErrorCode, readWord } from './fields.ts';
import { type Facts, ofSession, ofStatement, type Reading, type SessionClass, type Vocabulary } from './reading.ts';

const SESSIONS: ReadonlyMap<string, SessionClass> = new Map([
  ['LOGON', 'CONNECT'],
  ['PROXY AUTHENTICATION', 'CONNECT'],
  ['PROXY AUTHENTICATION ONLY', 'CONNECT'],
  ['CREATE SESSION', 'CONNECT'],
  ['LOGOFF', 'DISCONNECT'],
  ['LOGOFF BY CLEANUP', 'DISCONNECT'],
  ['DESTROY SESSION', 'DISCONNECT'],
]);

/**
 * Actions that are not what their first word says as a statement's verb: those of components beside SQL, and some of SQL.
 * https://docs.oracle.com/en/database/oracle/oracle-database/19/refrn/UNIFIED_AUDIT_TRAIL.html
 */
const ACTIONS = indexPhrases({
  DCL: [
    'ADD PROXY',
    'CHANGE PASSWORD',
    'CODE-BASED GRANT',
    'CODE-BASED REVOKE',
    'CREATE ACL',
    'CREATE DATA SECURITY',
    'CREATE ROLESET',
    'CREATE SECURITY CLASS',
    'DELETE ACL',
    'DELETE DATA SECURITY',
    'DELETE ROLE',
    'DELETE ROLESET',
    'DELETE SECURITY CLASS',
    'DELETE USER',
    'DISABLE DATA SECURITY',
    'ENABLE DATA SECURITY',
    'PASSWORD CHANGE',
    'REMOVE PROXY',
    'SET AUTHORIZATION',
    'SET USER PASSWORD',
    'SET USER PROFILE',
    'SET USER VERIFIER',
    'SYSTEM GRANT',
    'SYSTEM REVOKE',
    'UPDATE ACL',
    'UPDATE DATA SECURITY',
    'UPDATE ROLE',
    'UPDATE ROLESET',
    'UPDATE SECURITY CLASS',
    'UPDATE USER',
  ],
  DDL: [
    'APPLY POLICY',
    'DECLARE REWRITE EQUIVALENCE',
    'DELETE NAMESPACE TEMPLATE',
    'DISABLE ALL TRIGGERS',
    'DISABLE POLICY',
    'DISABLE TRIGGER',
    'ENABLE ALL TRIGGERS',
    'ENABLE POLICY',
    'ENABLE TRIGGER',
    'REMOVE POLICY',
    'SYSTEM AUDIT',
    'SYSTEM NOAUDIT',
    'UNDROP OBJECT',
    'UPDATE INDEXES',
    'UPDATE JOIN INDEX',
    'UPDATE NAMESPACE TEMPLATE',
    'USER COMMENT',
  ],
  DML: ['IMPORT', 'LOAD', 'SQL*LOADER DIRECT PATH LOAD', 'UPSERT', 'WRITE DIRECTORY'],
  EXECUTE: ['DEBUG', 'DEBUG PROCEDURE', 'DIRECTORY EXECUTE', 'ORADEBUG COMMAND', 'PL/SQL EXECUTE', 'RMAN ACTION'],
  DQL: ['DATAPUMP DIRECT PATH UNLOAD', 'EXPORT', 'READ DIRECTORY'],
  TCL: ['LOCK'],
  MISC: [
    'DATABASE SHUTDOWN',
    'DATABASE STARTUP',
    'DISABLE ROLE',
    'ENABLE ROLE',
    'NO-OP',
    'SHUTDOWN',
    'STARTUP',
    'USE SQL TRANSLATION PROFILE',
    'USE SQL TXLN PROFILE',
    'VALIDATE INDEX',
  ],
});

/** RDS for Oracle: the actions of the unified audit trail. */
export const oracle: Vocabulary = { serverType: 'oracle', sessions: SESSIONS, words: ACTIONS, read };

function read(fields: JsonObject): Reading {
  // Some of the audit trail's own names have more than one space in a row, or at the end.
  const command = readWord(fields.command)?.toUpperCase().split(' ').filter(Boolean).join(' ') ?? '';
  const errorCode = readErrorCode(fields.exitCode);
  const failed = errorCode !== null || readWord(fields.errorMessage) !== null;
  const text = readWord(fields.commandText);
  const facts: Facts = {
    action: command === '' ? null : command,
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode,
    auxiliary: false,
    statement: text === null ? null : { text, dialect: 'oracle' },
  };

  const session = SESSIONS.get(command);
  if (session !== undefined) return ofSession(facts, session);
  const known = [ACTIONS.get(command) ?? classifyStatement(command, 'oracle').class];
  if (text !== null) known.push(classifyStatement(text, 'oracle').class);
  return ofStatement(facts, mostSensitiveKnown(known));
}
