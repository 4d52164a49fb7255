import type { Dialect } from './sql/dialects.ts';

/** Every class an activity event can have; the README says what each holds. */
export const ACTIVITY_CLASSES = [
  'DDL',
  'DML',
  'DQL',
  'DCL',
  'TCL',
  'EXECUTE',
  'CONNECT',
  'DISCONNECT',
  'AUTH_FAILURE',
  'ERROR',
  'MISC',
  'UNKNOWN',
] as const;

export type ActivityClass = (typeof ACTIVITY_CLASSES)[number];

/** The classes a statement can have, the most sensitive first: of several, the first in this list decides. */
export const STATEMENT_CLASSES = ['DCL', 'DDL', 'DML', 'EXECUTE', 'UNKNOWN', 'DQL', 'TCL', 'MISC'] as const;

export type StatementClass = (typeof STATEMENT_CLASSES)[number];

/** The SQL of an event. */
export interface SqlText {
  readonly text: string;
  /** Null where it is not known how to read the text: nothing of it may be shown as code. */
  readonly dialect: Dialect | null;
}

export type Engine = 'aurora-postgresql' | 'aurora-mysql' | 'oracle' | 'sqlserver' | 'unknown';

export type Outcome = 'SUCCESS' | 'FAILURE';

/** Where an activity comes from: everything but the content, attested by Kinesis and Lambda. */
export interface Origin {
  /** ARN of the Kinesis stream. */
  readonly streamArn: string;
  /** `cluster-…` or `db-…`, out of the stream's name. */
  readonly resourceId: string;
  readonly shardId: string;
  /** As Kinesis gave it, not padded. */
  readonly sequenceNumber: string;
  /** Kinesis' `approximateArrivalTimestamp`, ISO 8601, UTC, milliseconds. */
  readonly arrivalTime: string;
}

/** One Kinesis record as Lambda delivered it. */
export interface StreamRecord {
  readonly origin: Origin;
  /** Base64, as delivered. */
  readonly data: string;
  /** The whole event record, for quarantine. */
  readonly delivered: unknown;
}

/** The outer record: still encrypted. */
export interface Envelope {
  /** AWS Encryption SDK message. */
  readonly message: Uint8Array;
  /** Data key, encrypted by KMS. */
  readonly key: Uint8Array;
}

/** A line of the archive without its `record`: the flat fields that filters match on. */
export interface Activity {
  readonly eventId: string;
  readonly class: ActivityClass;
  readonly statementClass: StatementClass | null;
  /** The verb, such as `CREATE INDEX`; null where the database names none, or something else than a verb. */
  readonly action: string | null;
  readonly outcome: Outcome;
  /** Whether this is one of Aurora MySQL's AUX events, which repeat a statement's effect on an object. */
  readonly auxiliary: boolean;
  readonly engine: Engine;
  /** `cluster-…` or `db-…`: the cluster or instance that the stream belongs to. */
  readonly resourceId: string;
  /** The instance that wrote the record, `db-…`. */
  readonly instanceId: string | null;
  /**
   * ISO 8601, UTC, with the database's own precision; null where the event's time is unreadable.
   *
   * @format date-time
   */
  readonly time: string | null;
  readonly arrivalTime: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Position in the record's unfiltered list, from 0. */
  readonly index: number;
  /** The database's user. */
  readonly user: string | null;
  /** The database that the session is in; for Oracle the instance's name. */
  readonly database: string | null;
  /** Where the client is, as the database names it: an address or a name. */
  readonly remoteHost: string | null;
  /** As text, whether the database counts its sessions or names them. */
  readonly sessionId: string | null;
  /** In the database's own word, such as `TABLE`. */
  readonly objectType: string | null;
  /** As the database names it: with its schema or without. */
  readonly objectName: string | null;
  /** Rows returned or changed, where the database says so. */
  readonly rowCount: number | null;
  /** Null on success. */
  readonly errorCode: string | null;
}

/** An activity with what only some sinks may show. */
export interface ActivityEvent {
  readonly origin: Origin;
  readonly activity: Activity;
  /** Null where there is none. */
  readonly statement: SqlText | null;
  readonly clientApplication: string | null;
  readonly errorMessage: string | null;
}

/** An event with all that the database sent. */
export interface RecordedEvent extends ActivityEvent {
  /** The event exactly as the database sent it: JSON on one line, in UTF-8. */
  readonly record: Uint8Array;
}

/** Why a record can never be processed. */
export const QUARANTINE_REASONS = [
  'ENVELOPE_INVALID',
  'KEY_REJECTED',
  'DECRYPT_FAILED',
  'DECOMPRESS_FAILED',
  'PAYLOAD_INVALID',
  'PAYLOAD_TOO_LARGE',
  'SOURCE_MISMATCH',
] as const;

export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];
