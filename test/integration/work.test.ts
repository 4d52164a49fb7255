import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CLUSTER, sealRecords } from '../../bench/records.ts';
import type { Shape } from '../../bench/shapes.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import type { DataKey } from '../../local/database-activity.ts';
import { createBatch, DURABLE } from '../support/batch.ts';
import { type MeasuredFunction, startMeasuredFunction } from '../support/measured-function.ts';
import { BUCKET, BUS, startWire, type Wire } from '../support/wire.ts';

// Times are the bench's; what can be counted is counted here, and is the same on every machine.

/** Nothing is collected on the way, and nothing is compiled: what is allocated is what the code says. */
const COUNTING_FLAGS = [
  '--max-semi-space-size=512',
  '--min-semi-space-size=512',
  '--single-threaded',
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--no-lazy-feedback-allocation',
];
const MEMORY_MB = 4_096;
const TIMEOUT_MS = 60_000;

let wire: Wire;
let dataKeys: readonly DataKey[];
beforeAll(async () => {
  wire = await startWire();
  dataKeys = [await wire.generateDataKey(CLUSTER), await wire.generateDataKey(CLUSTER)];
});
afterAll(() => wire.close());

// In an hour that has begun: none ends in a batch.
let position = 1_000;

/** Makes batches of a shape, each behind those before: under the same key there would be the same objects. */
async function createBatches(shape: Shape, most: number) {
  const records = await sealRecords(shape, most, dataKeys);
  return (count: number) => {
    const from = position;
    position += count;
    return createBatch(
      CLUSTER,
      records.slice(0, count).map(({ data }) => data),
      from,
    );
  };
}

describe('a batch costs as many calls as it must', () => {
  // Of a hundred events ten are published and eleven classes are archived. A chunk ends at 500 records or 4 MiB.
  it.each<[string, Shape['engine'], number, number, { kms: number; s3: number; events: number }]>([
    ['one record', 'aurora-postgresql', 1, 1, { kms: 1, s3: 1, events: 0 }],
    ['more than a chunk of records', 'aurora-postgresql', 1, 501, { kms: 2, s3: 11 + 1, events: 5 }],
    ['records of ten events', 'aurora-postgresql', 10, 100, { kms: 2, s3: 11, events: 10 }],
    [
      'more than a chunk, by its size, of a hundred events each',
      'aurora-postgresql',
      100,
      60,
      { kms: 2, s3: 22, events: 60 },
    ],
    ['signed records', 'aurora-mysql', 1, 200, { kms: 2, s3: 11, events: 2 }],
    ['signed records of ten events', 'aurora-mysql', 10, 100, { kms: 2, s3: 11, events: 10 }],
  ])('%s', async (_name, engine, eventsPerRecord, count, { kms, s3, events }) => {
    const batchOf = await createBatches({ engine, eventsPerRecord }, count);
    const before = wire.calls().length;

    const response = await wire.startFunction().invoke(batchOf(count));

    expect(response).toEqual(DURABLE);
    const calls = wire
      .calls()
      .slice(before)
      .map(({ service, operation }) => `${service} ${operation}`);
    expect(calls.toSorted()).toEqual([
      ...Array(events).fill('events PutEvents'),
      ...Array(kms).fill('kms Decrypt'),
      ...Array(s3).fill('s3 PUT object'),
    ]);
  });
});

describe('a hundred further records', () => {
  let lambda: MeasuredFunction;
  afterEach(() => lambda.stop());

  /** For the data key, the header and the one frame of each message; lines are compressed with those of the others. */
  const ALWAYS = { createDecipheriv: 300, gunzipSync: 100, gzipSync: 0 };

  // KiB of V8's heap, before anything is compiled: the figure is what the code came to, most of it the Encryption SDK's.
  // Who lowers it writes the new one here.
  it.each<[string, Shape, number, Readonly<Record<string, number>>]>([
    [
      'of one event each are parsed, inflated and written once',
      { engine: 'aurora-postgresql', eventsPerRecord: 1 },
      142,
      // Two layers of JSON, and a response of the bus; a line each, ten details and, by the SDK, their lists of
      // resources; a hash of nine statements that are published, a login has none, and two of a request.
      { parse: 200 + 1, stringify: 100 + 2 * 10, createHash: 9 + 2 },
    ],
    [
      'of ten events each too',
      { engine: 'aurora-postgresql', eventsPerRecord: 10 },
      237,
      { parse: 200 + 10, stringify: 1_000 + 2 * 100, createHash: 90 + 2 * 10 },
    ],
    [
      'that are signed have their public key decoded once, natively, and are verified once',
      { engine: 'aurora-mysql', eventsPerRecord: 1 },
      161,
      // Of these the DDL is an AUX event, which is not published.
      { parse: 200 + 1, stringify: 100 + 2 * 9, createHash: 8 + 2, convertKey: 100, createVerify: 100 },
    ],
  ])('%s', async (_name, shape, kibibytes, expected) => {
    lambda = startMeasuredFunction(
      MEMORY_MB,
      { ...clientEnvironment(wire.endpointUrl, 'measured'), ARCHIVE_BUCKET: BUCKET, EVENT_BUS_NAME: BUS },
      { flags: [...COUNTING_FLAGS, '--import', join(import.meta.dirname, '..', 'support', 'count-work.mjs')] },
    );
    const batchOf = await createBatches(shape, 200);
    const run = async (count: number) => {
      await lambda.sample();
      return lambda.run(batchOf(count), TIMEOUT_MS);
    };
    // Data keys are fetched, and what is made once is made.
    await run(100);

    // More records at a time might be collected on the way.
    const [few, fewer, more] = [await run(50), await run(100), await run(200)];

    const work = Object.entries(more.work).map(([name, calls]) => [name, calls - (fewer.work[name] ?? 0)]);
    expect(Object.fromEntries(work)).toEqual({ ...ALWAYS, ...expected });
    const allocated = (fewer.heapBytes - few.heapBytes) / 50 / 1024;
    expect(Math.abs(allocated - kibibytes), `${allocated.toFixed(1)} KiB`).toBeLessThan(1);
  });
});
