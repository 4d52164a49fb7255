import type { ActivityEvent, QuarantineReason } from './activity.ts';
import { type CountedClass, countedClass } from './metrics.ts';
import type { OpenedRecord } from './open-record.ts';

/** What became of the events and records of a durable chunk. */
export interface ChunkTally {
  readonly heartbeats: number;
  /** By rule. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly archived: ReadonlyMap<CountedClass, number>;
  readonly published: ReadonlyMap<CountedClass, number>;
  readonly quarantined: ReadonlyMap<QuarantineReason, number>;
}

/**
 * Counts a durable chunk. `refused` holds the events that the bus can never accept, `kept` those of them that are archived
 * for that reason alone.
 */
export function tally(
  chunk: readonly OpenedRecord[],
  kept: ReadonlySet<ActivityEvent>,
  refused: ReadonlySet<ActivityEvent | null>,
): ChunkTally {
  const dropped = new Map<string, number>();
  const archived = new Map<CountedClass, number>();
  const published = new Map<CountedClass, number>();
  const quarantined = new Map<QuarantineReason, number>();
  let heartbeats = 0;
  for (const record of chunk) {
    heartbeats += record.heartbeats;
    if (record.error?.reason) count(quarantined, record.error.reason);
    for (const { event, destination } of record.events) {
      const accepted = destination.published && !refused.has(event);
      const isArchived = destination.archived || kept.has(event);
      if (isArchived) count(archived, countedClass(event.activity));
      if (accepted) count(published, countedClass(event.activity));
      if (destination.droppedBy !== null) count(dropped, destination.droppedBy);
    }
  }
  return { heartbeats, dropped, archived, published, quarantined };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
