import type { Activity, ActivityClass, QuarantineReason } from './activity.ts';

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

/** An activity on the bus, as EventBridge delivers it. It may arrive more than once, always with the same `eventId`. */
export type DatabaseActivityEvent = Delivered<`Database Activity ${ActivityClass}`, DatabaseActivityDetail>;

export interface DatabaseActivityDetail {
  readonly metadata: {
    readonly schemaVersion: `1.${number}`;
    /** The same at every delivery, on the bus and in the archive. */
    readonly eventId: string;
    /** When Kinesis got the record, ISO 8601, UTC, milliseconds. */
    readonly arrivalTime: string;
    readonly shardId: string;
    readonly sequenceNumber: string;
    /** Position in the record's list, from 0. */
    readonly index: number;
    /** The object whose line has the whole event; null where its class is not archived. */
    readonly archive: { readonly bucket: string; readonly key: string } | null;
  };
  readonly data: DatabaseActivity;
}

/** Who did what where: the fields of an archive line but for its place, and what only the bus adds. */
export interface DatabaseActivity
  extends Omit<Activity, 'eventId' | 'arrivalTime' | 'shardId' | 'sequenceNumber' | 'index'> {
  /** What the client calls itself. */
  readonly clientApplication: string | null;
  /** Only with `STATEMENT_TEXT=full`. */
  readonly errorMessage?: string | null;
  /** Null where there is none, and with `STATEMENT_TEXT=none`. */
  readonly statement: ShownStatement | null;
}

export interface ShownStatement {
  readonly text: string;
  /** Whether literals stand as `?`. */
  readonly redacted: boolean;
  /** Whether the text was too long for an event: the archive has the whole. */
  readonly truncated: boolean;
  /** Of the full original text, hexadecimal. */
  readonly sha256: string;
}

/** The announcement of a record that can never be processed, as EventBridge delivers it. */
export type RecordQuarantinedEvent = Delivered<'Database Activity Record Quarantined', RecordQuarantinedDetail>;

export interface RecordQuarantinedDetail {
  readonly metadata: { readonly schemaVersion: `1.${number}`; readonly arrivalTime: string };
  readonly data: {
    readonly reason: QuarantineReason;
    readonly stage: string;
    readonly resourceId: string;
    /** The stream's name. */
    readonly stream: string;
    readonly shardId: string;
    readonly sequenceNumber: string;
    /** The object that holds the record. */
    readonly quarantine: { readonly bucket: string; readonly key: string };
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
interface Delivered<DetailType extends string, Detail> {
  readonly version: string;
  readonly id: string;
  readonly 'detail-type': DetailType;
  readonly source: string;
  readonly account: string;
  /** When it happened, ISO 8601, UTC, seconds. */
  readonly time: string;
  readonly region: string;
  /** The Kinesis stream's ARN. */
  readonly resources: readonly string[];
  readonly detail: Detail;
}
