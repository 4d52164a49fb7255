import { readFixture } from './activity.ts';

/** An action of an engine's audit, with the class that the manual gives it. */
export interface ActionRow {
  readonly command: string;
  /** What it applies to, where the audit says so. */
  readonly objectClass?: string | null;
  readonly class: string;
  /** The class where the exit code says that it failed. */
  readonly failed: string;
}

export function readActions(engine: 'oracle' | 'sqlserver'): readonly ActionRow[] {
  return JSON.parse(readFixture(`actions/${engine}`));
}

/** The class that the statement has of its own; null where the action opens or closes a session. */
export function statementClassOf({ class: name }: ActionRow): string | null {
  return ['CONNECT', 'DISCONNECT', 'AUTH_FAILURE'].includes(name) ? null : name;
}

/** The class that remains known of a statement that failed and has no text. */
export function knownClassOf(action: ActionRow): string | null {
  return action.class === 'UNKNOWN' ? null : statementClassOf(action);
}
