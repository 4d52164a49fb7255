import type { StatementClass } from '../activity.ts';
import { classifyStatement, mostSensitive } from '../sql/statement.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readErrorCode, readWord } from './fields.ts';
import { type Facts, ofSession, ofStatement, type Reading, type SessionClass, type Vocabulary } from './reading.ts';

const SESSIONS: ReadonlyMap<string, SessionClass> = new Map([
  ['CONNECT', 'CONNECT'],
  ['CHANGEUSER', 'CONNECT'],
  ['FAILED_CONNECT', 'AUTH_FAILURE'],
  ['DISCONNECT', 'DISCONNECT'],
]);

/** AUX events name what a statement does to one object. */
const AUXILIARY_COMMANDS: ReadonlyMap<string, StatementClass> = new Map([
  ['READ', 'DQL'],
  ['WRITE', 'DML'],
  ['CREATE', 'DDL'],
  ['ALTER', 'DDL'],
  ['DROP', 'DDL'],
  ['RENAME', 'DDL'],
]);

/** Aurora MySQL: every statement is a QUERY, of which only the text tells the class. */
export const auroraMysql: Vocabulary = { serverType: 'mysql', sessions: SESSIONS, words: AUXILIARY_COMMANDS, read };

function read(fields: JsonObject): Reading {
  const command = readWord(fields.command)?.toUpperCase() ?? null;
  const errorCode = readErrorCode(fields.exitCode);
  const failed = errorCode !== null || readWord(fields.errorMessage) !== null;
  const auxiliary = readWord(fields.class)?.toUpperCase() === 'AUX';
  // The text of an AUX event is the object's name.
  const text = auxiliary ? null : readWord(fields.commandText);
  const facts: Facts = {
    action: command,
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode,
    auxiliary,
    statement: text === null ? null : { text, dialect: 'mysql' },
  };

  if (auxiliary) return ofStatement(facts, AUXILIARY_COMMANDS.get(command ?? '') ?? 'UNKNOWN');
  const session = SESSIONS.get(command ?? '');
  if (session !== undefined) return ofSession(facts, session);
  const written = classifyStatement(text ?? '', 'mysql');
  if (command === 'QUERY') return ofStatement({ ...facts, action: written.action ?? command }, written.class);
  // Of a command that is not known the text may say worse, but not that it is harmless.
  return ofStatement(facts, mostSensitive(['UNKNOWN', written.class]));
}
