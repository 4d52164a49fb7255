import { ARRIVAL_MS } from '../test/support/batch.ts';
import type { Batch } from './contenders/contender.ts';
import type { ArchivedFate } from './records.ts';

/** What a chunk ends at. See docs/decisions/0001-the-core.md. */
const CHUNK_RECORDS = 500;
const CHUNK_BYTES = 4 * 1024 * 1024;
const ENTRIES_PER_CALL = 10;
const HOUR_MS = 3_600_000;

/** What a fresh handler must call for batches, worked out from their records alone. */
export interface ExpectedCalls {
  readonly kms: number;
  /** An object for each class and hour of each chunk. */
  readonly s3: number;
  /** The fewest, if chunks did not matter. */
  readonly putEvents: number;
  /** Events that are published. */
  readonly entries: number;
}

export function expectCalls(batches: readonly Batch[], isPublished: (fate: ArchivedFate) => boolean): ExpectedCalls {
  const keys = new Set(batches.flatMap(({ records }) => records.map(({ dataKey }) => dataKey)));
  const fates = batches.flatMap(({ records }) => records.flatMap((record) => record.fates));
  const entries = fates.filter(isPublished).length;
  return {
    kms: keys.size,
    s3: batches.reduce((sum, batch) => sum + countObjects(batch), 0),
    putEvents: Math.ceil(entries / ENTRIES_PER_CALL),
    entries,
  };
}

function countObjects({ records, from }: Batch): number {
  let objects = 0;
  let chunk = new Set<string>();
  let [count, bytes] = [0, 0];
  for (const [at, record] of records.entries()) {
    const hour = Math.floor((ARRIVAL_MS + from + at) / HOUR_MS);
    for (const fate of record.fates) chunk.add(`${fate.class} ${hour}`);
    count++;
    bytes += record.contentBytes;
    if (count < CHUNK_RECORDS && bytes < CHUNK_BYTES) continue;
    objects += chunk.size;
    chunk = new Set();
    [count, bytes] = [0, 0];
  }
  return objects + chunk.size;
}
