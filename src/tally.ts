import type { ActivityEvent, QuarantineReason, RecordedEvent } from './activity.ts';
import { type CountedClass, countedClass } from './metrics.ts';
import type { OpenedRecord } from './open-record.ts';
import type { Destination } from './transforms/filter.ts';

/** An event, and where it goes. */
export interface RoutedEvent {
  readonly event: RecordedEvent;
  readonly destination: Destination;
}

/** What becomes of a record's events before the bus is asked. */
export interface RecordTally {
  readonly events: number;
  /** By rule. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly archived: ReadonlyMap<CountedClass, number>;
}

/** What became of the events and records of a durable chunk. */
export interface ChunkTally {
  readonly heartbeats: number;
  /** By rule. */
  readonly dropped: ReadonlyMap<string, number>;
  readonly archived: ReadonlyMap<CountedClass, number>;
  readonly published: ReadonlyMap<CountedClass, number>;
  readonly quarantined: ReadonlyMap<QuarantineReason, number>;
}

export function tallyRecord(routed: readonly RoutedEvent[]): RecordTally {
  const dropped = new Map<string, number>();
  const archived = new Map<CountedClass, number>();
  for (const { event, destination } of routed) {
    if (destination.archived) count(archived, countedClass(event.activity));
    if (destination.droppedBy !== null) count(dropped, destination.droppedBy);
  }
  return { events: routed.length, dropped, archived };
}

/**
 * Counts a durable chunk. `refused` holds the events that the bus can never accept: those whose class is not archived are
 * archived for that reason alone.
 */
export function tallyChunk(chunk: readonly OpenedRecord[], refused: ReadonlySet<ActivityEvent | null>): ChunkTally {
  const dropped = new Map<string, number>();
  const archived = new Map<CountedClass, number>();
  const published = new Map<CountedClass, number>();
  const quarantined = new Map<QuarantineReason, number>();
  let heartbeats = 0;
  for (const record of chunk) {
    heartbeats += record.heartbeats;
    for (const [rule, events] of record.tally.dropped) count(dropped, rule, events);
    for (const [countedAs, events] of record.tally.archived) count(archived, countedAs, events);
    if (record.error?.reason) count(quarantined, record.error.reason);
    for (const { event, unarchived } of record.published) {
      if (!refused.has(event)) count(published, countedClass(event.activity));
      else if (unarchived !== null) count(archived, countedClass(event.activity));
    }
  }
  return { heartbeats, dropped, archived, published, quarantined };
}

function count<Key>(counts: Map<Key, number>, key: Key, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}
