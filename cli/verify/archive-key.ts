import { ACTIVITY_CLASSES, type ActivityClass } from '../../src/activity.ts';

/** What the key of an archive object says of its lines. */
export interface ArchivePlace {
  readonly key: string;
  readonly class: ActivityClass;
  readonly source: string;
  readonly shardId: string;
  /** By arrival, UTC, as in `2026-03-01T12`. */
  readonly hour: string;
  /** Sequence numbers of the chunk's first and last record, padded: they sort as text. */
  readonly first: string;
  readonly last: string;
  /** Whether it was written beside an object of other content. */
  readonly beside: boolean;
}

const KEY =
  /\/class=([A-Z_]+)\/source=((?:cluster|db)-[A-Za-z0-9_-]{1,100})\/dt=(\d{4}-\d{2}-\d{2})\/hour=(\d{2})\/(shardId-\d{12})-(\d{56})-(\d{56})(~[0-9a-f]{8})?\.ndjson\.gz$/;

/** Reads the key of an archive object; null where it is none. */
export function readArchiveKey(key: string): ArchivePlace | null {
  const [, name, source = '', day, hour, shardId = '', first = '', last = '', suffix] = KEY.exec(key) ?? [];
  const activityClass = ACTIVITY_CLASSES.find((known) => known === name);
  if (activityClass === undefined) return null;
  return {
    key,
    class: activityClass,
    source,
    shardId,
    hour: `${day}T${hour}`,
    first,
    last,
    beside: suffix !== undefined,
  };
}
