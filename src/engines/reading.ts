import type { ActivityClass, Outcome, SqlText, StatementClass } from '../activity.ts';
import type { JsonObject } from '../transforms/parse.ts';

/** What only an engine's own vocabulary tells of an event. */
export type Reading = Facts &
  (
    | { readonly class: SessionClass; readonly statementClass: null; readonly statement: null }
    | { readonly class: 'ERROR'; readonly statementClass: StatementClass | null }
    | { readonly class: StatementClass; readonly statementClass: StatementClass }
  );

export interface Facts {
  readonly action: string | null;
  readonly outcome: Outcome;
  readonly errorCode: string | null;
  readonly auxiliary: boolean;
  /** Null where the event's text is no SQL. */
  readonly statement: SqlText | null;
}

export type SessionClass = Extract<ActivityClass, 'CONNECT' | 'DISCONNECT' | 'AUTH_FAILURE'>;

/** One database's vocabulary. */
export interface Vocabulary {
  /** What the engine calls itself in `serverType`, in lower case; null where no engine is known. */
  readonly serverType: string | null;
  /** Commands that open or close a session. */
  readonly sessions: ReadonlyMap<string, SessionClass>;
  /** What the database's own words for a statement say: the least that its class can be. */
  readonly words: ReadonlyMap<string, StatementClass>;
  readonly read: (fields: JsonObject) => Reading;
}

/** A session was opened or closed. One that could not be opened is a refused login. */
export function ofSession(facts: Facts, sessionClass: SessionClass): Reading {
  const refused = sessionClass === 'AUTH_FAILURE' || (sessionClass === 'CONNECT' && facts.outcome === 'FAILURE');
  const outcome = refused ? 'FAILURE' : facts.outcome;
  const session = { ...withErrorCode(facts, outcome), statementClass: null, statement: null };
  return { ...session, class: refused ? 'AUTH_FAILURE' : sessionClass };
}

/** A statement was run, or failed: then its class is ERROR, and its own stands beside it, null where nothing tells it. */
export function ofStatement(facts: Facts, statementClass: StatementClass): Reading {
  const statement = withErrorCode(facts, facts.outcome);
  if (facts.outcome === 'SUCCESS') return { ...statement, class: statementClass, statementClass };
  const isKnown = statementClass !== 'UNKNOWN' || facts.statement !== null;
  return { ...statement, class: 'ERROR', statementClass: isKnown ? statementClass : null };
}

// What succeeded has no error's code, though the database's own code may say so.
function withErrorCode(facts: Facts, outcome: Outcome): Facts {
  return { ...facts, outcome, errorCode: outcome === 'FAILURE' ? facts.errorCode : null };
}
