import type { JsonObject } from '../transforms/parse.ts';
import { readWord } from './fields.ts';
import type { Reading } from './index.ts';

/** An engine whose vocabulary is not known: its event is kept whole and nothing is guessed. */
export function readUnknown(fields: JsonObject): Reading {
  return {
    class: 'UNKNOWN',
    statementClass: 'UNKNOWN',
    action: readWord(fields.command),
    outcome: 'SUCCESS',
    errorCode: null,
    auxiliary: false,
    statement: readWord(fields.commandText),
  };
}
