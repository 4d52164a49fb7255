import type { Engine, Outcome, StatementClass } from '../activity.ts';
import type { JsonObject } from '../transforms/parse.ts';
import { readAuroraMysql } from './aurora-mysql.ts';
import { readAuroraPostgresql } from './aurora-postgresql.ts';
import { readText } from './fields.ts';
import { readUnknown } from './unknown.ts';

/** What only an engine's own vocabulary tells of an event. */
export type Reading = {
  readonly action: string | null;
  readonly errorCode: string | null;
  readonly outcome: Outcome;
  readonly auxiliary: boolean;
  /** The SQL, null where the event's text is none. */
  readonly statement: string | null;
} & (
  | { readonly class: 'CONNECT' | 'DISCONNECT' | 'AUTH_FAILURE'; readonly statementClass: null }
  | { readonly class: 'ERROR'; readonly statementClass: StatementClass | null }
  | { readonly class: StatementClass; readonly statementClass: StatementClass }
);

/** One database's vocabulary. */
export type ReadEvent = (fields: JsonObject) => Reading;

const READERS: Partial<Record<Engine, ReadEvent>> = {
  'aurora-postgresql': readAuroraPostgresql,
  'aurora-mysql': readAuroraMysql,
};

/** What each engine calls itself in `serverType`. */
const ENGINES: ReadonlyMap<string, Engine> = new Map([
  ['postgresql', 'aurora-postgresql'],
  ['mysql', 'aurora-mysql'],
]);

/** Reads an event with the vocabulary of the engine that it names. */
export function readEvent(fields: JsonObject): { readonly engine: Engine; readonly reading: Reading } {
  const engine = ENGINES.get(readText(fields.serverType)?.toLowerCase() ?? '') ?? 'unknown';
  return { engine, reading: (READERS[engine] ?? readUnknown)(fields) };
}
