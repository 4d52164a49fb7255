import type { Activity, ActivityClass, Outcome, QuarantineReason, StatementClass } from './activity.ts';

/** A line of the archive. */
export interface ArchiveLine extends Activity {
  /** The event exactly as the database sent it, fields included that nobody knows. */
  readonly record: Readonly<Record<string, unknown>>;
}

/** An object of the quarantine. */
export interface QuarantineObject {
  readonly reason: QuarantineReason;
  /** Where the record was refused, such as `decrypt`. */
  readonly stage: string;
  /** The Kinesis event record as Lambda delivered it, still encrypted: it can be sent through the function again. */
  readonly record: unknown;
}

/**
 * An activity on the bus, as EventBridge delivers it. It may arrive more than once, always with the same `eventId`.
 *
 * Its `detail-type` tells which class it is of, to the compiler too.
 */
export type DatabaseActivityEvent = {
  readonly [Class in ActivityClass]: DatabaseActivityEventOf<Class>;
}[ActivityClass];

/** An activity of one class. */
export type DatabaseActivityEventOf<Class extends ActivityClass> = Delivered<
  `Database Activity ${Class}`,
  DatabaseActivityDetail<Class>
>;

export interface DatabaseActivityDetail<Class extends ActivityClass = ActivityClass> {
  readonly metadata: DatabaseActivityMetadata;
  readonly data: DatabaseActivity<Class>;
}

/** Which event it is, and where the whole of it lies. */
export interface DatabaseActivityMetadata {
  /**
   * What is added is a new minor version; a field that goes, or means something else, is version 2.
   *
   * @pattern ^1\.[0-9]+$
   */
  readonly schemaVersion: `1.${number}`;
  /** The same at every delivery, on the bus and in the archive. */
  readonly eventId: string;
  /**
   * When Kinesis got the record, ISO 8601, UTC, milliseconds.
   *
   * @format date-time
   */
  readonly arrivalTime: string;
  readonly shardId: string;
  /** A number of up to 56 digits, as text. */
  readonly sequenceNumber: string;
  /**
   * Position in the record's list, from 0.
   *
   * @asType integer
   * @minimum 0
   */
  readonly index: number;
  /** The object whose line has the whole event; null where its class is not archived. */
  readonly archive: StoredObject | null;
}

/** An object in S3. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
}

/** Who did what where: the fields of an archive line but for its place, and what only the bus adds. */
export interface DatabaseActivity<Class extends ActivityClass = ActivityClass>
  extends Omit<Activity, OfItsPlace | ToldByClass> {
  readonly class: Class;
  /** The class of the statement; null where none was run, and where nothing tells that of one that failed. */
  readonly statementClass: Class extends StatementClass ? Class : Class extends 'ERROR' ? StatementClass | null : null;
  readonly outcome: Class extends Failed ? 'FAILURE' : Class extends 'DISCONNECT' ? Outcome : 'SUCCESS';
  /** What the database calls the failure, such as an SQLSTATE; null on success. */
  readonly errorCode: Class extends Failed | 'DISCONNECT' ? string | null : null;
  /** What the client calls itself: nothing vouches for it. */
  readonly clientApplication: string | null;
  /** Only with `STATEMENT_TEXT=full`. */
  readonly errorMessage?: string | null;
  /** Null where there is none, and with `STATEMENT_TEXT=none`. */
  readonly statement: Class extends 'CONNECT' | 'DISCONNECT' | 'AUTH_FAILURE' ? null : ShownStatement | null;
}

type OfItsPlace = 'eventId' | 'arrivalTime' | 'shardId' | 'sequenceNumber' | 'index';

type ToldByClass = 'class' | 'statementClass' | 'outcome' | 'errorCode';

type Failed = 'ERROR' | 'AUTH_FAILURE';

export interface ShownStatement {
  readonly text: string;
  /** Whether literals stand as `?`. */
  readonly redacted: boolean;
  /** Whether the text was too long for an event: the archive has the whole. */
  readonly truncated: boolean;
  /**
   * Of the full original text, hexadecimal.
   *
   * @pattern ^[0-9a-f]{64}$
   */
  readonly sha256: string;
}

/** The announcement of a record that can never be processed, as EventBridge delivers it. */
export type RecordQuarantinedEvent = Delivered<'Database Activity Record Quarantined', RecordQuarantinedDetail>;

export interface RecordQuarantinedDetail {
  readonly metadata: Pick<DatabaseActivityMetadata, 'schemaVersion' | 'arrivalTime'>;
  readonly data: {
    readonly reason: QuarantineReason;
    /** Where the record was refused, such as `decrypt`. */
    readonly stage: string;
    readonly resourceId: string;
    /** The stream's name. */
    readonly stream: string;
    readonly shardId: string;
    readonly sequenceNumber: string;
    /** The object that holds the record, still encrypted. */
    readonly quarantine: StoredObject;
  };
}

/** What EventBridge puts around a detail. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
interface Delivered<DetailType extends string, Detail> {
  readonly version: string;
  /** EventBridge's own, of one publication: the same activity can be published again, under another. */
  readonly id: string;
  readonly 'detail-type': DetailType;
  readonly source: string;
  readonly account: string;
  /**
   * When it happened, or came into the stream where that is unreadable; ISO 8601, UTC, seconds.
   *
   * @format date-time
   */
  readonly time: string;
  readonly region: string;
  /** The Kinesis stream's ARN. */
  readonly resources: readonly string[];
  readonly detail: Detail;
}
