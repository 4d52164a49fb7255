import { classifyStatement } from '../sql/statement.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readId, readWord } from './fields.ts';
import { type Facts, ofStatement, type Reading, type Vocabulary } from './reading.ts';

/** An engine whose vocabulary is not known: what its statements are in any dialect, and nothing else. */
export const unknown: Vocabulary = { serverType: null, sessions: new Map(), words: new Map(), read };

function read(fields: JsonObject): Reading {
  const command = readWord(fields.command);
  const text = readWord(fields.commandText);
  const failed = readWord(fields.errorMessage) !== null;
  const facts: Facts = {
    action: command,
    outcome: failed ? 'FAILURE' : 'SUCCESS',
    errorCode: readId(fields.exitCode),
    auxiliary: false,
    statement: text === null ? null : { text, dialect: null },
  };
  return ofStatement(facts, classifyStatement(text ?? command ?? '', null).class);
}
