import type { ActivityEvent, Origin } from '../activity.ts';

/** What of a chunk goes into one object: the events of one class that arrived in one hour. */
export interface ArchiveGroup {
  readonly key: string;
  /** One JSON object a line, ordered by (sequence number, index), in UTF-8. */
  readonly content: Uint8Array;
  readonly events: readonly ActivityEvent[];
}

/** What of a chunk its objects tell. */
export interface ArchivedUnit {
  /** Its first and last record. */
  readonly first: Origin;
  readonly last: Origin;
  /** Text: who sent heartbeats in it, and when. */
  readonly heartbeats: string;
}

/**
 * Lays a chunk's events out into objects. Keys and content depend on the chunk's records alone, so that a chunk that
 * is delivered again is written alike. `first` and `last` are the chunk's first and last record.
 */
export function layOut(
  events: readonly ActivityEvent[],
  first: Origin,
  last: Origin,
  prefix: string,
): readonly ArchiveGroup[] {
  const groups = Map.groupBy(events, ({ activity, origin }) => `${activity.class} ${hourOf(origin)}`);
  const name = `${first.shardId}-${padSequenceNumber(first.sequenceNumber)}-${padSequenceNumber(last.sequenceNumber)}.ndjson.gz`;
  return [...groups.values()].map((members) => ({
    key: `${prefix}/${folderOf(members[0] as ActivityEvent)}/${name}`,
    content: writeLines(members),
    events: members,
  }));
}

/** The key beside `key` for other content. */
export function keyOfConflict(key: string, sha256: string): string {
  return key.replace(/\.ndjson\.gz$/, `~${sha256.slice(0, 8)}.ndjson.gz`);
}

function folderOf({ activity, origin }: ActivityEvent): string {
  const [day, hour] = hourOf(origin).split('T');
  return `class=${activity.class}/source=${origin.resourceId}/dt=${day}/hour=${hour}`;
}

// Kinesis' arrival time is the same at every delivery; the wall clock is not.
function hourOf({ arrivalTime }: Origin): string {
  return arrivalTime.slice(0, '2026-03-01T12'.length);
}

/** A sequence number as keys have it: of up to 56 digits, padded, they sort as text. */
export function padSequenceNumber(sequenceNumber: string): string {
  return sequenceNumber.padStart(56, '0');
}

const RECORD_FIELD = ',"record":';
const END_OF_LINE = '}\n';

// The event's own text is put in as it is: to parse and write it again would change its numbers.
function writeLines(events: readonly ActivityEvent[]): Uint8Array {
  const lines = events.map(({ activity, record }) => ({ fields: JSON.stringify(activity), record }));
  const size = lines.reduce((sum, { fields, record }) => sum + Buffer.byteLength(fields) + record.length, 0);
  const content = Buffer.allocUnsafe(size + lines.length * (RECORD_FIELD.length - 1 + END_OF_LINE.length));
  let at = 0;
  for (const { fields, record } of lines) {
    at += content.write(fields, at) - '}'.length;
    at += content.write(RECORD_FIELD, at);
    content.set(record, at);
    at += record.length;
    at += content.write(END_OF_LINE, at);
  }
  return content;
}
