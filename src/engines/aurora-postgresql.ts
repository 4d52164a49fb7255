import type { StatementClass } from '../activity.ts';
import { classifyStatement, mostSensitive } from '../sql/statement.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readId, readText, readWord } from './fields.ts';
import type { Reading } from './index.ts';

/** pgaudit's classes; ALL and NONE say nothing. https://github.com/pgaudit/pgaudit#pgauditlog */
const AUDIT_CLASSES: ReadonlyMap<string, StatementClass> = new Map([
  ['READ', 'DQL'],
  ['WRITE', 'DML'],
  ['FUNCTION', 'EXECUTE'],
  ['ROLE', 'DCL'],
  ['DDL', 'DDL'],
  ['MISC', 'MISC'],
]);

/** The command decides first: PostgreSQL's logins have class MISC. */
export function readAuroraPostgresql(fields: JsonObject): Reading {
  const command = readWord(fields.command)?.toUpperCase() ?? null;
  const exitCode = readId(fields.exitCode) ?? '';
  const failed =
    command === 'ERROR' || readWord(fields.errorMessage) !== null || !['', '0', '00000'].includes(exitCode);
  const result = {
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode: failed && exitCode !== '' ? exitCode : null,
    auxiliary: false,
  } as const;

  switch (command) {
    case 'AUTH FAILURE':
      return {
        ...result,
        class: 'AUTH_FAILURE',
        statementClass: null,
        action: command,
        outcome: 'FAILURE',
        statement: null,
      };
    case 'CONNECT':
      return {
        ...result,
        class: failed ? 'AUTH_FAILURE' : 'CONNECT',
        statementClass: null,
        action: command,
        statement: null,
      };
    case 'DISCONNECT':
      return { ...result, class: 'DISCONNECT', statementClass: null, action: command, statement: null };
  }

  const statement = readWord(fields.commandText);
  const written = statement === null ? null : classifyStatement(statement, 'postgresql');
  const audited = AUDIT_CLASSES.get(readText(fields.class)?.toUpperCase() ?? '');
  const known = [
    // Of an error MISC says nothing.
    command === 'ERROR' && audited === 'MISC' ? undefined : audited,
    command === null || command === 'ERROR' ? undefined : classifyStatement(command, 'postgresql').class,
    written?.class,
  ].filter((statementClass) => statementClass !== undefined && statementClass !== 'UNKNOWN');
  const statementClass = mostSensitive(known) ?? (command === 'ERROR' && statement === null ? null : 'UNKNOWN');
  const action = command === 'ERROR' ? (written?.action ?? command) : command;
  if (failed) return { ...result, class: 'ERROR', statementClass, action, statement };
  return {
    ...result,
    class: statementClass ?? 'UNKNOWN',
    statementClass: statementClass ?? 'UNKNOWN',
    action,
    statement,
  };
}
