import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type EventRecord, payloadBytes } from './event-records.ts';
import type { MappingSettings } from './settings.ts';

/** Records that wait for one of a shard's concurrent invocations. */
export interface Lane {
  readonly push: (records: readonly EventRecord[]) => void;
  /** Says that no more records come. */
  readonly end: () => void;
  /** How many wait. */
  readonly waiting: () => number;
  /** Gives the records in batches until the lane has ended or the signal aborts. */
  readonly batches: (signal: AbortSignal) => AsyncGenerator<readonly EventRecord[]>;
}

interface Waiting {
  readonly record: EventRecord;
  readonly bytes: number;
  readonly since: number;
}

/** Lambda's limit for the payload of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const EMPTY_EVENT_BYTES = Buffer.byteLength('{"Records":[]}');

/** A batch ends at its size, at the limit of a payload, or when its first record has waited for the window. */
export function createLane(settings: MappingSettings, clock: Clock): Lane {
  const records: Waiting[] = [];
  const windowMs = settings.MaximumBatchingWindowInSeconds * 1000;
  let ended = false;
  let changed = Promise.withResolvers<void>();

  function announce(): void {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  }

  function countFitting(): number {
    let bytes = EMPTY_EVENT_BYTES;
    const most = Math.min(records.length, settings.BatchSize);
    for (let count = 0; count < most; count++) {
      bytes += (records[count] as Waiting).bytes;
      // A record alone is delivered whatever it takes.
      if (count > 0 && bytes > MAX_PAYLOAD_BYTES) return count;
    }
    return most;
  }

  return {
    push(added) {
      records.push(...added.map((record) => ({ record, bytes: payloadBytes(record), since: clock.now() })));
      if (added.length > 0) announce();
    },
    end() {
      ended = true;
      announce();
    },
    waiting: () => records.length,
    async *batches(signal) {
      signal.addEventListener('abort', announce, { once: true });
      while (!signal.aborted) {
        const [first] = records;
        if (first === undefined) {
          if (ended) return;
          await changed.promise;
          continue;
        }
        const count = countFitting();
        const full = count < records.length || count === settings.BatchSize;
        const left = first.since + windowMs - clock.now();
        if (!full && !ended && left > 0) {
          const waiting = new AbortController();
          const slept = clock.sleep(left, AbortSignal.any([signal, waiting.signal]));
          await Promise.race([changed.promise, slept]);
          waiting.abort();
          continue;
        }
        yield records.splice(0, count).map(({ record }) => record);
      }
    },
  };
}

/** The lane of a record: those of one partition key stay in their order. */
export function laneOf({ kinesis }: EventRecord, lanes: number): number {
  return createHash('md5').update(kinesis.partitionKey).digest().readUInt32BE(0) % lanes;
}
