import { createHash } from 'node:crypto';
import type { ActivityEvent, Engine, Origin } from '../activity.ts';
import type { Config } from '../config.ts';
import { redact } from '../sql/redact.ts';
import type { Dialect } from '../sql/tokens.ts';
import { type PoisonRecord, quarantineKey } from './quarantine.ts';

/** An entry for EventBridge's PutEvents, and what it tells of. */
export interface BusEntry {
  readonly source: ActivityEvent | PoisonRecord;
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

const SCHEMA_VERSION = '1.0';

const DIALECTS: Record<Engine, Dialect | null> = {
  'aurora-postgresql': 'postgresql',
  'aurora-mysql': 'mysql',
  oracle: null,
  sqlserver: null,
  unknown: null,
};

/** Announces an event; null where it cannot be made to fit. `archiveKey` is null where the event is not archived. */
export function createActivityEntry(event: ActivityEvent, archiveKey: string | null, config: Config): BusEntry | null {
  const { activity, origin } = event;
  const { eventId, arrivalTime, shardId, sequenceNumber, index, class: activityClass } = activity;
  const archive = archiveKey === null ? null : { bucket: config.archiveBucket, key: archiveKey };
  const metadata = { schemaVersion: SCHEMA_VERSION, eventId, arrivalTime, shardId, sequenceNumber, index, archive };
  const statement = describeStatement(event, config);
  const createEntry = (shown: ShownStatement | null) =>
    measure(event, origin, config, {
      detailType: `Database Activity ${activityClass}`,
      time: new Date(activity.time ?? arrivalTime),
      detail: JSON.stringify({ metadata, data: describeActivity(event, shown, config) }),
    });

  const entry = createEntry(statement);
  if (entry.size <= MAX_BYTES) return entry;
  if (statement === null) return null;
  const cut = createEntry(cutStatement(statement, entry.size - MAX_BYTES));
  return cut.size <= MAX_BYTES ? cut : null;
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
  return measure(poison, origin, config, {
    detailType: 'Database Activity Record Quarantined',
    time: new Date(arrivalTime),
    detail: JSON.stringify({
      metadata: { schemaVersion: SCHEMA_VERSION, arrivalTime },
      data: { reason, stage, resourceId, stream, shardId, sequenceNumber, quarantine },
    }),
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

interface ShownStatement {
  readonly text: string;
  readonly redacted: boolean;
  readonly truncated: boolean;
  /** Of the full original text. */
  readonly sha256: string;
}

function describeStatement({ activity, statement }: ActivityEvent, config: Config): ShownStatement | null {
  if (statement === null || config.statementText === 'none') return null;
  const redacted = config.statementText === 'redacted';
  const text = redacted ? redact(statement, DIALECTS[activity.engine]) : statement;
  const sha256 = createHash('sha256').update(statement).digest('hex');
  return { text: text.toWellFormed(), redacted, truncated: false, sha256 };
}

// Every character takes at least one byte, so cutting as many characters as there are bytes too many is enough.
function cutStatement(statement: ShownStatement, bytes: number): ShownStatement {
  // `"truncated":true` is a byte shorter than `"truncated":false`; a cut surrogate pair becomes three bytes long.
  const text = statement.text.slice(0, Math.max(0, statement.text.length - bytes - 3)).toWellFormed();
  return { ...statement, text, truncated: true };
}

function describeActivity(event: ActivityEvent, statement: ShownStatement | null, config: Config) {
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
  source: BusEntry['source'],
  origin: Origin,
  config: Config,
  entry: Pick<BusEntry, 'detailType' | 'time' | 'detail'>,
): BusEntry {
  const text = [config.eventSource, entry.detailType, entry.detail, origin.streamArn];
  const size = text.reduce((bytes, part) => bytes + Buffer.byteLength(part), TIME_BYTES);
  return { ...entry, source, origin, size };
}
