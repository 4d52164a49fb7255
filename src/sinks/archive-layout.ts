import type { ActivityClass, ActivityEvent, Origin } from '../activity.ts';

/** What of a chunk goes into one object: the events of one class that arrived in one hour. */
export interface ArchiveGroup {
  readonly key: string;
  /** One JSON object a line, ordered by (sequence number, index). */
  readonly content: string;
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
  const groups = Map.groupBy(events, ({ activity, origin }) => folder(activity.class, origin));
  const name = `${first.shardId}-${padSequenceNumber(first.sequenceNumber)}-${padSequenceNumber(last.sequenceNumber)}.ndjson.gz`;
  return [...groups].map(([group, members]) => ({
    key: `${prefix}/${group}/${name}`,
    content: members.map(writeLine).join(''),
    events: members,
  }));
}

/** The key beside `key` for other content. */
export function keyOfConflict(key: string, sha256: string): string {
  return key.replace(/\.ndjson\.gz$/, `~${sha256.slice(0, 8)}.ndjson.gz`);
}

// Kinesis' arrival time is the same at every delivery; the wall clock is not.
function folder(activityClass: ActivityClass, { resourceId, arrivalTime }: Origin): string {
  const [day, hour] = [arrivalTime.slice(0, 10), arrivalTime.slice(11, 13)];
  return `class=${activityClass}/source=${resourceId}/dt=${day}/hour=${hour}`;
}

/** A sequence number as keys have it: of up to 56 digits, padded, they sort as text. */
export function padSequenceNumber(sequenceNumber: string): string {
  return sequenceNumber.padStart(56, '0');
}

// The event's own text is put in as it is: to parse and write it again would change its numbers.
function writeLine({ activity, record }: ActivityEvent): string {
  return `${JSON.stringify(activity).slice(0, -1)},"record":${record}}\n`;
}
