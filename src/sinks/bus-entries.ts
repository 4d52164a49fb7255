import { createHash } from 'node:crypto';
import type { ActivityEvent, Origin } from '../activity.ts';
import type { Config } from '../config.ts';
import type { DatabaseActivity, DatabaseActivityDetail, RecordQuarantinedDetail, ShownStatement } from '../events.ts';
import { redact } from '../sql/redact.ts';
import { type PoisonRecord, quarantineKey } from './quarantine.ts';

/** An entry for EventBridge's PutEvents. */
export interface BusEntry {
  /** Null where the entry announces a quarantined record. */
  readonly event: ActivityEvent | null;
  readonly origin: Origin;
  readonly detailType: string;
  readonly time: Date;
  /** JSON text. */
  readonly detail: string;
  /** Bytes that EventBridge counts. */
  readonly size: number;
}

/** Entries and bytes a call. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;

/** What EventBridge counts for an entry's time. */
const TIME_BYTES = 14;

const SCHEMA_VERSION = '1.0' as const;

/** In an entry that is still too large without its statement, no text is longer. */
const MAX_TEXT = 1_000;

/** Announces an event. `archiveKey` is null where the event is not archived. */
export function createActivityEntry(event: ActivityEvent, archiveKey: string | null, config: Config): BusEntry {
  const { activity, origin } = event;
  const { eventId, arrivalTime, shardId, sequenceNumber, index, class: activityClass } = activity;
  const archive = archiveKey === null ? null : { bucket: config.archiveBucket, key: archiveKey };
  const metadata = { schemaVersion: SCHEMA_VERSION, eventId, arrivalTime, shardId, sequenceNumber, index, archive };
  const createEntry = (statement: ShownStatement | null, mostText = Number.POSITIVE_INFINITY) =>
    measure(event, origin, config, {
      detailType: `Database Activity ${activityClass}`,
      time: new Date(activity.time ?? arrivalTime),
      detail: writeDetail({ metadata, data: describeActivity(event, statement, config) }, mostText),
    });

  const statement = describeStatement(event, config);
  const entry = createEntry(statement);
  if (entry.size <= MAX_BYTES) return entry;
  const empty = statement === null ? null : { ...statement, text: '', truncated: true };
  const room = MAX_BYTES - createEntry(empty).size;
  if (statement === null || room < 0) return createEntry(empty, MAX_TEXT);
  return createEntry({ ...statement, text: cutText(statement.text, room), truncated: true });
}

/** Announces a quarantined record, and nothing of its content. */
export function createQuarantineEntry(poison: PoisonRecord, config: Config): BusEntry {
  const { origin } = poison.record;
  const { streamArn, resourceId, shardId, sequenceNumber, arrivalTime } = origin;
  const { reason, stage } = poison.error;
  const quarantine = {
    bucket: config.archiveBucket,
    key: quarantineKey(poison.record, poison.error, config.quarantinePrefix),
  };
  const stream = streamArn.slice(streamArn.indexOf('/') + 1);
  const detail: RecordQuarantinedDetail = {
    metadata: { schemaVersion: SCHEMA_VERSION, arrivalTime },
    data: { reason, stage, resourceId, stream, shardId, sequenceNumber, quarantine },
  };
  return measure(null, origin, config, {
    detailType: 'Database Activity Record Quarantined',
    time: new Date(arrivalTime),
    detail: JSON.stringify(detail),
  });
}

/** Groups entries into calls, in their order. */
export function batchEntries(entries: readonly BusEntry[]): readonly (readonly BusEntry[])[] {
  const batches: BusEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const batch = batches.at(-1);
    if (batch === undefined || batch.length === MAX_ENTRIES || bytes + entry.size > MAX_BYTES) {
      batches.push([entry]);
      bytes = entry.size;
    } else {
      batch.push(entry);
      bytes += entry.size;
    }
  }
  return batches;
}

function describeStatement({ statement }: ActivityEvent, config: Config): ShownStatement | null {
  if (statement === null || config.statementText === 'none') return null;
  const redacted = config.statementText === 'redacted';
  // More could never be shown, and to mask it takes time and memory.
  const head = statement.text.slice(0, MAX_BYTES);
  return {
    text: redacted ? redact(head, statement.dialect) : head,
    redacted,
    truncated: head.length < statement.text.length,
    sha256: createHash('sha256').update(statement.text).digest('hex'),
  };
}

/** The longest beginning of a text that takes so many bytes at most as JSON. */
function cutText(text: string, room: number): string {
  const beginning = (length: number) => text.slice(0, length).toWellFormed();
  let [fitting, tooLong] = [0, text.length];
  while (tooLong - fitting > 1) {
    const middle = Math.floor((fitting + tooLong) / 2);
    const bytes = Buffer.byteLength(JSON.stringify(beginning(middle))) - '""'.length;
    if (bytes <= room) fitting = middle;
    else tooLong = middle;
  }
  return beginning(fitting);
}

// Not every JSON parser takes half a surrogate pair: it is replaced, where there is one.
function writeDetail(detail: DatabaseActivityDetail, mostText: number): string {
  const text = JSON.stringify(detail);
  if (mostText === Number.POSITIVE_INFINITY && !text.includes('\\ud')) return text;
  const write = (value: unknown, most: number) =>
    JSON.stringify(value, (_name, inner) => (typeof inner === 'string' ? inner.slice(0, most).toWellFormed() : inner));
  // What says which event it is, and where the whole lies, stays whole itself.
  return `{"metadata":${write(detail.metadata, Number.POSITIVE_INFINITY)},"data":${write(detail.data, mostText)}}`;
}

function describeActivity(event: ActivityEvent, statement: ShownStatement | null, config: Config): DatabaseActivity {
  const { activity, clientApplication, errorMessage } = event;
  return {
    class: activity.class,
    statementClass: activity.statementClass,
    action: activity.action,
    outcome: activity.outcome,
    auxiliary: activity.auxiliary,
    engine: activity.engine,
    resourceId: activity.resourceId,
    instanceId: activity.instanceId,
    time: activity.time,
    user: activity.user,
    database: activity.database,
    remoteHost: activity.remoteHost,
    clientApplication,
    sessionId: activity.sessionId,
    objectType: activity.objectType,
    objectName: activity.objectName,
    rowCount: activity.rowCount,
    errorCode: activity.errorCode,
    // An error's text quotes values.
    ...(config.statementText === 'full' ? { errorMessage } : {}),
    statement,
  };
}

function measure(
  event: ActivityEvent | null,
  origin: Origin,
  config: Config,
  entry: Pick<BusEntry, 'detailType' | 'time' | 'detail'>,
): BusEntry {
  const text = [config.eventSource, entry.detailType, entry.detail, origin.streamArn];
  const size = text.reduce((bytes, part) => bytes + Buffer.byteLength(part), TIME_BYTES);
  return { ...entry, event, origin, size };
}
