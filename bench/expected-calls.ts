import { ARRIVAL_MS } from '../test/support/batch.ts';
import { findBoundaries } from '../test/support/chunk-boundaries.ts';
import type { Batch } from './contenders/contender.ts';
import type { ArchivedFate } from './records.ts';

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
  const boundaries = findBoundaries(records.map(({ contentBytes }) => contentBytes));
  const objects = new Set<string>();
  let chunk = 0;
  for (const [at, { fates }] of records.entries()) {
    if (boundaries.has(at)) chunk = at;
    const hour = Math.floor((ARRIVAL_MS + from + at) / HOUR_MS);
    for (const fate of fates) objects.add(`${chunk} ${fate.class} ${hour}`);
  }
  return objects.size;
}
