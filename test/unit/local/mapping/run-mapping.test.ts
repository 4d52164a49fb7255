import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Disturbance, ThrottledError } from '../../../../local/mapping/deliver.ts';
import type { MappingSettings } from '../../../../local/mapping/settings.ts';
import { readFixture, STREAM_ARN } from '../../../support/activity.ts';
import { type Invocation, type Plan, put, runMapped, START, type Step } from '../../../support/mapped.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NO_RETRIES = { MaximumRetryAttempts: 0 };
const BISECT = { BisectBatchOnFunctionError: true };
const POSITIONS = ['TRIM_HORIZON', 'LATEST'] as const;

function fail(error = new Error('The function failed')): never {
  throw error;
}
const failsWith = (name: string) => (invocation: Invocation) => (invocation.names.includes(name) ? fail() : null);
const failsUntil = (call: number, error?: Error) => (invocation: Invocation) =>
  invocation.call < call ? fail(error) : null;
const throttledUntil = (call: number) => failsUntil(call, new ThrottledError());
/** Each record fails once before it goes through. */
const failsEachOnce = ({ names, call, report }: Invocation) =>
  names.length === 1 && call % 2 === 1 ? null : report(names[call % 2]);
const reportsOnce = (name: string) => (invocation: Invocation) =>
  invocation.call === 0 ? invocation.report(name) : null;

// What the responses may be: batch-response.test.ts.
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
it.each<[string, Partial<MappingSettings>, NonNullable<Plan['answer']>, string, string]>([
  ['a batch holds BatchSize records at most', { BatchSize: 3 }, () => null, 'abc d', ''],
  ['a reported record is delivered again with those behind it', {}, reportsOnce('c'), 'abcd cd', ''],
  ['no record is, where the mapping asks for no report', { FunctionResponseTypes: [] }, reportsOnce('a'), 'abcd', ''],
  ['a function error has the whole batch delivered again', {}, failsUntil(2), 'abcd abcd abcd', ''],
  ['bisecting halves it at no attempt', { ...BISECT, ...NO_RETRIES }, failsWith('c'), 'abcd ab cd c d', 'c'],
  ['bisecting halves nothing after a report', BISECT, reportsOnce('b'), 'abcd bcd', ''],
  ['no retries are one invocation', { ...NO_RETRIES, BatchSize: 2 }, failsWith('a'), 'ab cd', 'ab'],
  ['one retry is two invocations', { MaximumRetryAttempts: 1, BatchSize: 2 }, failsWith('a'), 'ab ab cd', 'ab'],
  ['-1 retries are unlimited', { MaximumRetryAttempts: -1 }, failsUntil(100), `${'abcd '.repeat(100)}abcd`, ''],
  ['throttling costs no attempt', NO_RETRIES, throttledUntil(30), `${'abcd '.repeat(30)}abcd`, ''],
  ['progress renews the attempts', { MaximumRetryAttempts: 1 }, failsEachOnce, 'abcd abcd bcd bcd cd cd d d', ''],
])('of records a to d: %s', async (_, settings, answer, batches, discarded) => {
  const mapped = await runMapped({ settings, answer });

  expect(mapped.batches.join(' ')).toBe(batches);
  expect(mapped.discarded.join('')).toBe(discarded);
  expect([...mapped.acknowledged, ...mapped.discarded].sort().join('')).toBe('abcd');
});

// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
it('batches wait for the window, from their first record on, unless they are full', async () => {
  const { batches, deliveries } = await runMapped({
    settings: { MaximumBatchingWindowInSeconds: 5, BatchSize: 3 },
    steps: [put('a'), put('b', 3 * SECOND), put('cdef', 20 * SECOND), put('', MINUTE)],
  });

  expect(batches).toEqual(['ab', 'cde', 'f']);
  // The mapping polls four times a second.
  expect(deliveries.map(({ at }) => Math.floor(at / SECOND))).toEqual([5, 20, 25]);
});

it('batches take 6 MB at most of an invocation, and a larger record alone', async () => {
  const limit = 6 * 1024 * 1024;
  // Base64 makes three bytes four.
  const third = limit / 3;

  const { batches, deliveries } = await runMapped({
    steps: [put('abc', 0, undefined, third), put('d', 1, undefined, limit), put('e', 2)],
  });

  expect(batches).toEqual(['ab', 'c', 'd', 'e']);
  const sizes = deliveries.map(({ records }) => JSON.stringify({ Records: records }).length);
  expect(sizes.map((size) => size < limit)).toEqual([true, true, false, true]);
});

it('batches are of one shard each, in its order', async () => {
  const { deliveries } = await runMapped({ shards: 3, steps: [put('abcdefghijklmnopqrstuvwxyz')] });

  for (const { shardId, records } of deliveries) {
    const ids = records.map(({ eventID }) => eventID);
    expect(ids.every((id) => id.startsWith(`${shardId}:`))).toBe(true);
    // All sequence numbers have 56 digits.
    expect(ids).toEqual(ids.toSorted());
  }
  expect(new Set(deliveries.map(({ shardId }) => shardId)).size).toBe(3);
});

it('batches look as Lambda sends them', async () => {
  const [real] = JSON.parse(readFixture('kinesis-event-aurora-postgresql-heartbeat')).records;

  const { deliveries } = await runMapped({ steps: [put('a', 1_500, 'a key')] });

  const [record] = deliveries[0]?.records ?? [];
  expect(record).toEqual({
    ...real,
    kinesis: {
      ...real.kinesis,
      partitionKey: 'a key',
      sequenceNumber: expect.stringMatching(/^\d{56}$/),
      data: Buffer.from('a\n').toString('base64'),
      approximateArrivalTimestamp: START / 1000 + 1.5,
    },
    eventID: `shardId-000000000000:${record?.kinesis.sequenceNumber}`,
    invokeIdentityArn: expect.stringMatching(/^arn:aws:iam::\d{12}:role\//),
    awsRegion: 'eu-west-1',
    eventSourceARN: STREAM_ARN,
  });
});

it.each([
  ['TRIM_HORIZON', 'abcde'],
  ['LATEST', 'de'],
] as const)('from %s on batches hold %s, where abc was put before', async (StartingPosition, expected) => {
  const steps = [put('abc', -1), put('de', 5 * SECOND)];

  const { batches } = await runMapped({ settings: { StartingPosition }, steps });

  expect(batches.join('')).toBe(expected);
});

// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-scale.html
it.each([1, 4, 10])('up to %d invocations of a shard run at once, each partition key in one', async (most) => {
  // Two records for each of 20 partition keys, which are letters.
  const keys = [...'abcdefghijklmnopqrst'];
  const running: (readonly string[])[] = [];
  const violations: string[] = [];
  let reached = 0;

  const { deliveries } = await runMapped({
    settings: { ParallelizationFactor: most, BatchSize: 2 },
    steps: [...keys.map((key) => put([`${key}1`], 0, key)), ...keys.map((key) => put([`${key}2`], 0, key))],
    async answer({ names, sleep }) {
      const own = names.map(([key]) => String(key));
      violations.push(...own.filter((key) => running.flat().includes(key)));
      reached = Math.max(reached, running.push(own));
      await sleep(SECOND);
      running.splice(running.indexOf(own), 1);
    },
  });

  const order = deliveries.flatMap(({ names }) => names);
  expect(keys.filter((key) => order.indexOf(`${key}1`) > order.indexOf(`${key}2`))).toEqual([]);
  expect(violations).toEqual([]);
  expect(order).toHaveLength(2 * keys.length);
  expect(reached).toBeLessThanOrEqual(most);
  expect(reached).toBeGreaterThan(Math.min(1, most - 1));
});

it('a failing shard holds up no other', async () => {
  const steps = [put('abcdefgh'), put('ijklmnop', MINUTE)];

  const { acknowledged } = await runMapped({ shards: 2, steps, answer: failsWith('a'), stopAt: 2 * MINUTE });

  expect(acknowledged.join('')).toMatch(/[i-p]/);
});

// https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html
it.each(POSITIONS)(
  'after resharding children are read after their parents, and wholly: %s',
  async (StartingPosition) => {
    const generations = ['abcdefgh', 'ijklmnop', 'qrstuvwx'] as const;
    const done: string[] = [];
    const early: string[] = [];
    await runMapped({
      settings: { StartingPosition },
      steps: [
        put(generations[0], SECOND),
        [SECOND, (stream) => stream.split('shardId-000000000000')],
        put(generations[1], SECOND),
        [2 * SECOND, (stream) => stream.merge('shardId-000000000001', 'shardId-000000000002')],
        put(generations[2], 2 * SECOND),
      ],
      async answer({ names, sleep }) {
        const generation = generations.findIndex((all) => all.includes(String(names[0])));
        const before = generations.slice(0, generation).join('');
        early.push(...[...before].filter((name) => !done.includes(name)));
        // One of two parents takes much longer than the other.
        await sleep(names.includes('i') ? MINUTE : 5 * SECOND);
        done.push(...names);
      },
    });

    expect(early).toEqual([]);
    expect(done.sort().join('')).toBe(generations.join(''));
  },
);

it('the pauses between attempts grow up to a bound', async () => {
  const { deliveries } = await runMapped({ answer: failsUntil(20) });

  const pauses = deliveries.slice(1).map(({ at }, index) => at - (deliveries[index]?.at ?? 0));
  expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
  expect(pauses[0]).toBeLessThan(pauses[5] ?? 0);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(MINUTE);
});

it('throttled records are given up for their age alone', async () => {
  const settings = { ...NO_RETRIES, MaximumRecordAgeInSeconds: 60 };

  const { discarded, failures } = await runMapped({ settings, answer: throttledUntil(Number.POSITIVE_INFINITY) });

  expect(discarded.join('')).toBe('abcd');
  expect(failures[0].requestContext).toMatchObject({ condition: 'RecordAgeExceeded', approximateInvokeCount: 0 });
});

it('records that are too old are given up, and the younger ones of their batch go on', async () => {
  const { discarded, acknowledged, failures } = await runMapped({
    settings: { MaximumRecordAgeInSeconds: 60, MaximumBatchingWindowInSeconds: 40 },
    steps: [put('ab'), put('c', 39 * SECOND), put('', 5 * MINUTE)],
    answer: failsWith('a'),
  });

  expect([discarded, acknowledged]).toEqual([['a', 'b'], ['c']]);
  expect(failures[0].requestContext.condition).toBe('RecordAgeExceeded');
});

// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
it('the on-failure destination gets the whole invocation, under a key of mapping, shard and day', async () => {
  const { failures, deliveries } = await runMapped({
    settings: { MaximumRetryAttempts: 2 },
    steps: [put('abc', SECOND)],
    answer: () => fail(),
  });

  const { records = [] } = deliveries[0] ?? {};
  expect(failures).toEqual([
    {
      key: expect.stringMatching(
        /^aws\/lambda\/11111111-2222-3333-4444-555555555555\/shardId-000000000000\/2026\/03\/01\/2026-03-01T12\.00\.\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      ),
      records,
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:das-router',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: expect.stringMatching(/^2026-03-01T12:00:\d\d\.\d{3}Z$/),
      KinesisBatchInfo: {
        shardId: 'shardId-000000000000',
        startSequenceNumber: records[0]?.kinesis.sequenceNumber,
        endSequenceNumber: records[2]?.kinesis.sequenceNumber,
        approximateArrivalOfFirstRecord: '2026-03-01T12:00:01.000Z',
        approximateArrivalOfLastRecord: '2026-03-01T12:00:01.000Z',
        batchSize: 3,
        streamArn: STREAM_ARN,
      },
    },
  ]);
});

it('the on-failure destination gets only what the function reported, and no function error then', async () => {
  const { failures, deliveries } = await runMapped({ settings: NO_RETRIES, answer: ({ report }) => report('c') });

  expect(failures[0].responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
  expect(failures[0].records).toEqual(deliveries[0]?.records.slice(2));
});

it('the on-failure destination is written again after it failed, with what is delivered again until then', async () => {
  const { acknowledged, discarded, failures, batches } = await runMapped({
    settings: { ...NO_RETRIES, ParallelizationFactor: 2 },
    steps: [put('abc', 0, 'key')],
    answer: () => fail(),
    fails: (own, call) => own === 'writeFailure' && call < 3,
  });

  expect([acknowledged, discarded, failures.length]).toEqual([[], ['a', 'b', 'c'], 1]);
  expect(batches).toEqual(['abc', 'abc', 'abc', 'abc']);
});

it.each([
  ['lost response', false],
  ['second delivery', true],
] as const)('a %s has a batch that the function processed delivered again, at once: %s', async (kind, isAtOnce) => {
  const { batches, deliveries } = await runMapped({ disturb: (call) => (call === 0 ? kind : null) });

  expect(batches).toEqual(['abcd', 'abcd']);
  expect(deliveries[0]?.at === deliveries[1]?.at).toBe(isAtOnce);
});

it.each(POSITIONS)(
  'a restarted poller begins at the checkpoint, while the old invocation still runs: %s',
  async (StartingPosition) => {
    let [running, most] = [0, 0];
    const { batches, acknowledged } = await runMapped({
      settings: { BatchSize: 4, StartingPosition },
      steps: [put('ab', SECOND), put('cdef', 2 * SECOND)],
      disturb: (call) => (call === 1 ? 'poller restart' : null),
      async answer({ sleep }) {
        most = Math.max(most, ++running);
        await sleep(5 * SECOND);
        running--;
      },
    });

    expect(batches[0]).toBe('ab');
    expect([...new Set(acknowledged)].sort().join('')).toBe('abcdef');
    expect(most).toBe(2);
  },
);

it.each(['openShard', 'readNext'] as const)('after %s failed a few times another reader goes on', async (own) => {
  const { acknowledged } = await runMapped({ shards: 2, fails: (called, call) => called === own && call < 6 });

  expect(acknowledged.sort().join('')).toBe('abcd');
});

it('a call that always fails ends the mapping with its error', async () => {
  await expect(runMapped({ shards: 2, fails: (own) => own === 'readNext' })).rejects.toThrow('readNext failed');
});

it('a stopped mapping delivers no more', async () => {
  const { batches } = await runMapped({ steps: [put('a'), put('b', MINUTE)], stopAt: MINUTE / 2 });

  expect(batches).toEqual(['a']);
});

it('whatever the stream, the settings and the responses, each record is acknowledged or given up', async () => {
  const kinds: readonly Disturbance[] = ['lost response', 'second delivery', 'poller restart'];
  const disturbance = fc.constantFrom(null, null, null, ...kinds);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        gaps: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 25 }),
        shards: fc.integer({ min: 1, max: 3 }),
        settings: fc.record({
          BatchSize: fc.integer({ min: 1, max: 8 }),
          ParallelizationFactor: fc.constantFrom(1, 3, 10),
          MaximumRetryAttempts: fc.integer({ min: 0, max: 4 }),
          BisectBatchOnFunctionError: fc.boolean(),
          MaximumBatchingWindowInSeconds: fc.constantFrom(0, 2),
          StartingPosition: fc.constantFrom(...POSITIONS),
        }),
        answers: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 }),
        disturbances: fc.array(disturbance, { minLength: 1, maxLength: 10 }),
        splitAt: fc.option(fc.nat({ max: 20 })),
      }),
      async ({ gaps, shards, settings, answers, disturbances, splitAt }) => {
        let at = SECOND;
        const steps = gaps.flatMap((gap, index): Step[] => {
          at += gap;
          const split: Step = [at, (stream) => stream.split(String(stream.openShards()[0]))];
          return [...(index === splitAt ? [split] : []), put([`${index}`], at, `${index % 7}`)];
        });

        const { acknowledged, discarded } = await runMapped({
          steps,
          shards,
          settings,
          disturb: (call) => (call < 40 ? (disturbances[call % disturbances.length] ?? null) : null),
          answer: ({ names, call, report }) => {
            const kind = answers[call % answers.length] || fail();
            return kind < 4 ? report(names[kind % names.length]) : null;
          },
        });

        const done = new Set([...acknowledged, ...discarded].map(Number));
        expect([...done].sort((one, other) => one - other)).toEqual([...gaps.keys()]);
      },
    ),
  );
});
