import type { StatementClass } from '../activity.ts';
import { classifyStatement } from '../sql/statement.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readId, readWord } from './fields.ts';
import type { Reading } from './index.ts';

/** AUX events name what a statement does to one object. */
const AUXILIARY_COMMANDS: ReadonlyMap<string, StatementClass> = new Map([
  ['READ', 'DQL'],
  ['WRITE', 'DML'],
  ['CREATE', 'DDL'],
  ['ALTER', 'DDL'],
  ['DROP', 'DDL'],
  ['RENAME', 'DDL'],
]);

/** Every statement is a QUERY: only its text tells the class. */
export function readAuroraMysql(fields: JsonObject): Reading {
  const action = readWord(fields.command)?.toUpperCase() ?? null;
  const exitCode = readId(fields.exitCode) ?? '';
  const failed = !['', '0'].includes(exitCode) || readWord(fields.errorMessage) !== null;
  const result = {
    action,
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode: failed && !['', '0'].includes(exitCode) ? exitCode : null,
    auxiliary: readWord(fields.class)?.toUpperCase() === 'AUX',
    // The text of an AUX event is the object's name.
    statement: null,
  } as const;

  if (result.auxiliary) return ofStatement(result, AUXILIARY_COMMANDS.get(action ?? '') ?? 'UNKNOWN');
  switch (action) {
    case 'FAILED_CONNECT':
      return { ...result, class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE' };
    case 'CONNECT':
    case 'CHANGEUSER':
      return { ...result, class: failed ? 'AUTH_FAILURE' : 'CONNECT', statementClass: null };
    case 'DISCONNECT':
      return { ...result, class: 'DISCONNECT', statementClass: null };
    case 'QUERY': {
      const statement = readWord(fields.commandText);
      if (statement === null)
        return failed ? { ...result, class: 'ERROR', statementClass: null } : ofStatement(result, 'UNKNOWN');
      const written = classifyStatement(statement, 'mysql');
      return ofStatement({ ...result, action: written.action ?? action, statement }, written.class);
    }
    default:
      return ofStatement({ ...result, statement: readWord(fields.commandText) }, 'UNKNOWN');
  }
}

function ofStatement(result: Omit<Reading, 'class' | 'statementClass'>, statementClass: StatementClass): Reading {
  return result.outcome === 'FAILURE'
    ? { ...result, class: 'ERROR', statementClass }
    : { ...result, class: statementClass, statementClass };
}
