import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamRecord } from '../../src/activity.ts';
import type { Shard } from './follow-shards.ts';
import type { KinesisStream, Position } from './kinesis.ts';

/** A shard may be read five times a second by all its readers together, and the function reads it too. */
const POLL_MS = 1_000;

/** By how much this clock may be ahead of Kinesis'. */
const SKEW_MS = 60_000;

/**
 * Hands over a shard's records page by page, from a position on, until the shard has ended; answers what it became. Throws what
 * the SDK throws, and where the signal aborts.
 */
export async function readShard(
  shardId: string,
  start: Position,
  stream: KinesisStream,
  show: (records: readonly StreamRecord[]) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly Shard[]> {
  // Where the next reader begins. What is latest then is not what is latest now: rather some records too many.
  let position: Position = start === 'LATEST' ? { at: new Date(Date.now() - SKEW_MS) } : start;
  let iterator = await stream.openShard(shardId, start);
  for (;;) {
    const page = await stream.readPage(shardId, iterator);
    if (page === null) {
      iterator = await stream.openShard(shardId, position);
    } else {
      await show(page.records);
      const last = page.records.at(-1)?.origin.sequenceNumber;
      if (last !== undefined) position = { after: last };
      if (page.iterator === null) return page.children;
      iterator = page.iterator;
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}
