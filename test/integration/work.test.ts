import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CLUSTER, sealRecords } from '../../bench/records.ts';
import type { Shape } from '../../bench/shapes.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import type { DataKey } from '../../local/database-activity.ts';
import { createBatch } from '../support/batch.ts';
import { type Measured, type MeasuredFunction, startMeasuredFunction } from '../support/measured-function.ts';
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
let lambda: MeasuredFunction;
beforeAll(async () => {
  wire = await startWire();
  dataKeys = [await wire.generateDataKey(CLUSTER), await wire.generateDataKey(CLUSTER)];
});
afterAll(() => wire.close());
afterEach(() => lambda.stop());

let position = 0;

/** Starts a function of its own, named for its calls, and answers how it works off so many records. */
async function start(shape: Shape, most: number, caller: string) {
  lambda = startMeasuredFunction(
    MEMORY_MB,
    { ...clientEnvironment(wire.endpointUrl, caller), ARCHIVE_BUCKET: BUCKET, EVENT_BUS_NAME: BUS },
    { flags: [...COUNTING_FLAGS, '--import', join(import.meta.dirname, '..', 'support', 'count-work.mjs')] },
  );
  const records = await sealRecords(shape, most, dataKeys);
  return async (count: number): Promise<Measured> => {
    const data = records.slice(0, count).map((record) => record.data);
    // Behind those before: under the same key there would be the same objects.
    const batch = createBatch(CLUSTER, data, position);
    position += count;
    await lambda.sample();
    return lambda.run(batch, TIMEOUT_MS);
  };
}

describe('a batch costs as many calls as it must', () => {
  // Of a hundred events ten are published and eleven classes are archived. A chunk ends at 500 records or 4 MiB.
  it.each<[string, Shape['engine'], number, number, { kms: number; s3: number; events: number }]>([
    ['one record', 'aurora-postgresql', 1, 1, { kms: 1, s3: 1, events: 0 }],
    ['records of one event', 'aurora-postgresql', 1, 500, { kms: 2, s3: 11, events: 5 }],
    ['more than a chunk of them', 'aurora-postgresql', 1, 1_001, { kms: 2, s3: 11 + 11 + 1, events: 5 + 5 }],
    ['records of ten events', 'aurora-postgresql', 10, 500, { kms: 2, s3: 11, events: 50 }],
    [
      'records of a hundred events, of which 53 fill a chunk',
      'aurora-postgresql',
      100,
      100,
      { kms: 2, s3: 22, events: 100 },
    ],
    ['signed records', 'aurora-mysql', 1, 200, { kms: 2, s3: 11, events: 2 }],
    ['signed records of ten events', 'aurora-mysql', 10, 100, { kms: 2, s3: 11, events: 10 }],
  ])('%s', async (name, engine, eventsPerRecord, count, expected) => {
    const caller = `calls of ${name}`.replace(/\W+/g, '-');
    const run = await start({ engine, eventsPerRecord }, count, caller);
    // Those of an hour that has begun: none ends in the batch.
    position = Math.max(position, 1_000);

    const { response } = await run(count);

    expect(response).toEqual({ batchItemFailures: [] });
    expect({
      kms: wire.count('kms Decrypt', caller),
      s3: wire.count('s3 PUT object', caller),
      events: wire.count('events PutEvents', caller),
    }).toEqual(expected);
    expect(wire.calls(caller)).toHaveLength(expected.kms + expected.s3 + expected.events);
  });
});

describe('a hundred further records', () => {
  /** For the data key, the header and the one frame of each message. */
  const DECRYPTION = { createDecipheriv: 300 };

  it.each<[string, Shape, Readonly<Record<string, number>>]>([
    [
      'of one event each are parsed, inflated and written once',
      { engine: 'aurora-postgresql', eventsPerRecord: 1 },
      // Two layers of JSON, and an answer of the bus; a line each, ten details and, by the SDK, their lists of resources; a
      // hash of nine statements that are published, a login has none, and two of a request.
      { ...DECRYPTION, parse: 200 + 1, stringify: 100 + 2 * 10, gunzipSync: 100, createHash: 9 + 2 },
    ],
    [
      'of ten events too, and their lines are compressed with those of the others',
      { engine: 'aurora-postgresql', eventsPerRecord: 10 },
      { ...DECRYPTION, parse: 200 + 10, stringify: 1_000 + 2 * 100, gunzipSync: 100, createHash: 90 + 2 * 10 },
    ],
    [
      'that are signed have their public key decoded once, natively, and are verified once',
      { engine: 'aurora-mysql', eventsPerRecord: 1 },
      // Of these the DDL is an AUX event, which is not published.
      {
        ...DECRYPTION,
        parse: 200 + 1,
        stringify: 100 + 2 * 9,
        gunzipSync: 100,
        createHash: 8 + 2,
        convertKey: 100,
        createVerify: 100,
      },
    ],
  ])('%s', async (_name, shape, expected) => {
    const run = await start(shape, 200, 'work');
    // Data keys are fetched, and what is made once is made.
    await run(100);

    const [fewer, more] = [await run(100), await run(200)];

    const difference = Object.fromEntries(
      Object.entries(more.work).map(([name, calls]) => [name, calls - (fewer.work[name] ?? 0)]),
    );
    expect(difference).toEqual({ gzipSync: 0, ...expected });
  });

  // The figure is what the code came to, most of it the Encryption SDK's: who lowers it writes the new one here.
  it.each<[string, Shape, number]>([
    ['one event', { engine: 'aurora-postgresql', eventsPerRecord: 1 }, 142],
    ['ten events', { engine: 'aurora-postgresql', eventsPerRecord: 10 }, 237],
    ['one event, signed', { engine: 'aurora-mysql', eventsPerRecord: 1 }, 161],
  ])(
    "of %s allocate so many KiB of V8's heap each, to one, before anything is compiled",
    async (_name, shape, kibibytes) => {
      const run = await start(shape, 100, 'heap');
      for (let round = 0; round < 3; round++) await run(100);

      const [fewer, more] = [await run(50), await run(100)];

      const allocated = (more.heapBytes - fewer.heapBytes) / 50 / 1024;
      expect(Math.abs(allocated - kibibytes), `${allocated.toFixed(1)} KiB`).toBeLessThan(1);
    },
  );
});
