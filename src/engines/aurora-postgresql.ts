import type { StatementClass } from '../activity.ts';
import { classifyStatement, mostSensitiveKnown } from '../sql/statement.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readId, readText, readWord } from './fields.ts';
import { type Facts, ofSession, ofStatement, type Reading, type SessionClass, type Vocabulary } from './reading.ts';

const SESSIONS: ReadonlyMap<string, SessionClass> = new Map([
  ['CONNECT', 'CONNECT'],
  ['AUTH FAILURE', 'AUTH_FAILURE'],
  ['DISCONNECT', 'DISCONNECT'],
]);

/** The least that a statement can be; ALL and NONE say nothing. https://github.com/pgaudit/pgaudit#pgauditlog */
const AUDIT_CLASSES: ReadonlyMap<string, StatementClass> = new Map([
  ['READ', 'DQL'],
  ['WRITE', 'DML'],
  ['FUNCTION', 'EXECUTE'],
  ['ROLE', 'DCL'],
  ['DDL', 'DDL'],
  ['MISC', 'MISC'],
]);

/** Aurora PostgreSQL: pgaudit's classes and commands. The command decides first, since logins have class MISC. */
export const auroraPostgresql: Vocabulary = {
  serverType: 'postgresql',
  sessions: SESSIONS,
  words: AUDIT_CLASSES,
  read,
};

function read(fields: JsonObject): Reading {
  const command = readWord(fields.command)?.toUpperCase() ?? null;
  const exitCode = readId(fields.exitCode) ?? '';
  const isError = command === 'ERROR';
  const failed = isError || readWord(fields.errorMessage) !== null || !['', '0', '00000'].includes(exitCode);
  const text = readWord(fields.commandText);
  const facts: Facts = {
    action: command,
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode: exitCode === '' ? null : exitCode,
    auxiliary: false,
    statement: text === null ? null : { text, dialect: 'postgresql' },
  };

  const session = SESSIONS.get(command ?? '');
  if (session !== undefined) return ofSession(facts, session);
  const written = text === null ? null : classifyStatement(text, 'postgresql');
  const audited = AUDIT_CLASSES.get(readText(fields.class)?.toUpperCase() ?? '') ?? 'UNKNOWN';
  const statementClass = mostSensitiveKnown([
    // Of an error MISC says nothing.
    isError && audited === 'MISC' ? 'UNKNOWN' : audited,
    isError ? 'UNKNOWN' : classifyStatement(command ?? '', 'postgresql').class,
    written?.class ?? 'UNKNOWN',
  ]);
  const action = isError ? (written?.action ?? command) : command;
  return ofStatement({ ...facts, action }, statementClass);
}
