import type { ActivityClass, Origin, RecordedEvent } from '../activity.ts';

/** Events of one record as the archive has them: JSON objects, each on a line, in UTF-8; by class, in their order. */
export type Lines = ReadonlyMap<ActivityClass, Uint8Array>;

/** What of one record is archived. */
export interface ArchivedRecord {
  readonly origin: Origin;
  readonly lines: Lines;
}

/** What of a chunk goes into one object: the lines of one class that arrived in one hour, by sequence number and index. */
export interface ArchiveGroup {
  readonly name: string;
  readonly key: string;
  readonly lines: readonly Uint8Array[];
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
 * Lays a chunk's lines out into objects. Keys and content depend on the chunk's records alone, so that a chunk that
 * is delivered again is written alike. `first` and `last` are the chunk's first and last record.
 */
export function layOut(
  records: readonly ArchivedRecord[],
  first: Origin,
  last: Origin,
  prefix: string,
): readonly ArchiveGroup[] {
  const groups = new Map<string, Uint8Array[]>();
  for (const { origin, lines } of records) {
    for (const [activityClass, text] of lines) {
      const name = groupOf(activityClass, origin);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [text]);
      else group.push(text);
    }
  }
  const chunk = `${first.shardId}-${padSequenceNumber(first.sequenceNumber)}-${padSequenceNumber(last.sequenceNumber)}.ndjson.gz`;
  return [...groups].map(([name, lines]) => ({ name, key: `${prefix}/${name}/${chunk}`, lines }));
}

/** The folder of the objects that hold a class's events of an origin's hour. */
export function groupOf(activityClass: ActivityClass, { resourceId, arrivalTime }: Origin): string {
  // Kinesis' arrival time is the same at every delivery; the wall clock is not.
  const [day, hour] = [arrivalTime.slice(0, 10), arrivalTime.slice(11, 13)];
  return `class=${activityClass}/source=${resourceId}/dt=${day}/hour=${hour}`;
}

/** The key beside `key` for other content. */
export function keyOfConflict(key: string, sha256: string): string {
  return key.replace(/\.ndjson\.gz$/, `~${sha256.slice(0, 8)}.ndjson.gz`);
}

/** A sequence number as keys have it: of up to 56 digits, padded, they sort as text. */
export function padSequenceNumber(sequenceNumber: string): string {
  return sequenceNumber.padStart(56, '0');
}

/** Writes events of one record. */
export function writeLines(events: readonly RecordedEvent[]): Lines {
  const byClass = Map.groupBy(events, ({ activity }) => activity.class);
  return new Map([...byClass].map(([activityClass, members]) => [activityClass, write(members)]));
}

const RECORD_FIELD = ',"record":';
const END_OF_LINE = '}\n';

// The event's own text is put in as it is: to parse and write it again would change its numbers.
function write(events: readonly RecordedEvent[]): Uint8Array {
  const lines = events.map(({ activity, record }) => ({ fields: JSON.stringify(activity), record }));
  const size = lines.reduce((sum, { fields, record }) => sum + Buffer.byteLength(fields) + record.length, 0);
  const text = Buffer.allocUnsafe(size + lines.length * (RECORD_FIELD.length - 1 + END_OF_LINE.length));
  let at = 0;
  for (const { fields, record } of lines) {
    at += text.write(fields, at) - '}'.length;
    at += text.write(RECORD_FIELD, at);
    text.set(record, at);
    at += record.length;
    at += text.write(END_OF_LINE, at);
  }
  return text;
}
