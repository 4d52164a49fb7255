import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Disturbance, ThrottledError } from '../../../../local/mapping/deliver.ts';
import { type Invocation, type Plan, runMapped, START } from '../../../support/mapped.ts';

const ALWAYS = 10_000;
const put = (names: string, at = 0, partitionKey?: string): Plan['steps'][number] => [
  at,
  (stream) => stream.putAll([...names], partitionKey),
];
const failing =
  (until = Number.POSITIVE_INFINITY) =>
  ({ call }: Invocation) => {
    if (call < until) throw new Error('The function failed');
  };
const namesOf = (mapped: Awaited<ReturnType<typeof runMapped>>) => mapped.deliveries.map(({ names }) => names.join(''));

// https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
describe('batches', () => {
  it('hold so many records at most', async () => {
    expect(namesOf(await runMapped({ settings: { BatchSize: 3 }, steps: [put('abcdefgh')] }))).toEqual([
      'abc',
      'def',
      'gh',
    ]);
  });

  it('wait for the window, from their first record on', async () => {
    const settings = { MaximumBatchingWindowInSeconds: 5 };

    const { deliveries } = await runMapped({
      settings,
      steps: [put('a'), put('b', 3_000), put('c', 20_000), put('', 60_000)],
    });

    expect(deliveries.map(({ names }) => names.join(''))).toEqual(['ab', 'c']);
    expect(deliveries[0]?.at).toBeGreaterThanOrEqual(5_000);
    expect(deliveries[0]?.at).toBeLessThan(5_500);
  });

  it('that are full do not wait', async () => {
    const settings = { MaximumBatchingWindowInSeconds: 300, BatchSize: 2 };

    const { deliveries } = await runMapped({ settings, steps: [put('abcd'), put('', 600_000)] });

    expect(deliveries.map(({ at }) => at < 1_000)).toEqual([true, true]);
  });

  it('take 6 MB at most of an invocation, and a larger record alone', async () => {
    // Base64 makes three bytes four.
    const large = 2 * 1024 * 1024;

    const mapped = await runMapped({
      steps: [
        [0, (stream) => stream.putAll(['a', 'b', 'c'], undefined, large)],
        [1, (stream) => stream.putAll(['d'], undefined, 3 * large)],
        [2, (stream) => stream.putAll(['e'])],
      ],
    });

    expect(namesOf(mapped)).toEqual(['ab', 'c', 'd', 'e']);
    expect(
      mapped.deliveries.slice(0, 2).map(({ records }) => JSON.stringify({ Records: records }).length < 6 * 1024 * 1024),
    ).toEqual([true, true]);
  });

  it('are of one shard each, in its order', async () => {
    const { deliveries } = await runMapped({ shards: 3, steps: [put('abcdefghijklmnopqrstuvwxyz')] });

    for (const { shardId, records } of deliveries) {
      const numbers = records.map(({ kinesis }) => BigInt(kinesis.sequenceNumber));
      expect(records.every(({ eventID }) => eventID.startsWith(`${shardId}:`))).toBe(true);
      expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0n))).toBe(true);
    }
    expect(new Set(deliveries.map(({ shardId }) => shardId)).size).toBe(3);
  });

  it('look as Lambda sends them', async () => {
    const { deliveries } = await runMapped({ steps: [put('a', 1_500, 'a key')] });

    expect(deliveries[0]?.records).toEqual([
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: 'a key',
          sequenceNumber: expect.stringMatching(/^\d{56}$/),
          data: Buffer.from('a\n').toString('base64'),
          approximateArrivalTimestamp: START / 1000 + 1.5,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: expect.stringMatching(/^shardId-000000000000:\d{56}$/),
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: expect.stringMatching(/^arn:aws:iam::\d{12}:role\//),
        awsRegion: 'eu-west-1',
        eventSourceARN: 'arn:aws:kinesis:eu-west-1:000000000000:stream/aws-rds-das-cluster-A',
      },
    ]);
  });
});

describe('where it begins', () => {
  const steps = [put('abc'), put('de', 5_000)];

  it.each([
    ['TRIM_HORIZON', 'abcde'],
    ['LATEST', 'de'],
  ] as const)('%s: %s', async (StartingPosition, expected) => {
    // LATEST is what comes after the mapping has opened the shard.
    const mapped = await runMapped({
      settings: { StartingPosition },
      steps: StartingPosition === 'LATEST' ? steps.slice(1) : steps,
    });

    expect(namesOf(mapped).join('')).toBe(expected);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-scale.html
describe('parallelization', () => {
  it('runs as many invocations of a shard at a time, each partition key in one', async () => {
    for (const ParallelizationFactor of [1, 4, 10]) {
      let [running, most] = [0, 0];
      const busy = new Set<string>();
      const twice: string[] = [];
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index % 20}`);
      const mapped = await runMapped({
        settings: { ParallelizationFactor, BatchSize: 2 },
        steps: keys.map((key, index) => [0, (stream) => stream.putAll([`${index}:${key}`], key)]),
        async answer({ names, sleep }) {
          const own = new Set(names.map((name) => name.split(':')[1] as string));
          twice.push(...[...own].filter((key) => busy.has(key)));
          for (const key of own) busy.add(key);
          most = Math.max(most, ++running);
          await sleep(1_000);
          running--;
          for (const key of own) busy.delete(key);
        },
      });

      const order = mapped.deliveries.flatMap(({ names }) => names);
      for (const key of new Set(keys)) {
        const own = order.filter((name) => name.endsWith(`:${key}`)).map((name) => Number.parseInt(name, 10));
        expect(own).toEqual([...own].sort((one, other) => one - other));
      }
      expect(twice).toEqual([]);
      expect(order).toHaveLength(keys.length);
      expect(most).toBeLessThanOrEqual(ParallelizationFactor);
      if (ParallelizationFactor > 1) expect(most).toBeGreaterThan(1);
    }
  });

  it('a failing shard holds up no other', async () => {
    const settings = { MaximumRetryAttempts: ALWAYS };

    const { deliveries } = await runMapped({
      settings,
      shards: 2,
      steps: [put('abcdefgh'), put('ijklmnop', 60_000)],
      answer: ({ names }) => {
        if (names.includes('a')) throw new Error('The function failed');
      },
      stopAt: 120_000,
    });

    const broken = deliveries.find(({ names }) => names.includes('a'))?.shardId;
    const others = deliveries.filter(({ shardId }) => shardId !== broken).flatMap(({ names }) => names);
    expect(others.some((name) => 'ijklmnop'.includes(name))).toBe(true);
  });
});

// https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html
describe('resharding', () => {
  it.each(['TRIM_HORIZON', 'LATEST'] as const)(
    'children are read after their parents are done, and wholly: %s',
    async (StartingPosition) => {
      const generations = ['abcdefgh', 'ijklmnop', 'qrstuvwx'];
      const done: string[] = [];
      const early: string[] = [];
      await runMapped({
        settings: { StartingPosition },
        steps: [
          put('abcdefgh', 1_000),
          [1_000, (stream) => stream.split('shardId-000000000000')],
          put('ijklmnop', 1_000),
          [2_000, (stream) => stream.merge('shardId-000000000001', 'shardId-000000000002')],
          put('qrstuvwx', 2_000),
        ],
        async answer({ names, sleep }) {
          const generation = generations.findIndex((all) => all.includes(names[0] as string));
          const before = generations.slice(0, generation).join('');
          early.push(...[...before].filter((name) => !done.includes(name)));
          // One of two parents takes much longer than the other.
          await sleep(names.includes('i') ? 60_000 : 5_000);
          done.push(...names);
        },
      });

      expect(early).toEqual([]);
      expect(done.sort().join('')).toBe(generations.join(''));
    },
  );
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
describe('what the function answers', () => {
  it.each<[string, (invocation: Invocation) => unknown, readonly string[]]>([
    ['an empty list is success', () => ({ batchItemFailures: [] }), ['abcd']],
    ['a null list is success', () => ({ batchItemFailures: null }), ['abcd']],
    ['an empty answer is success', () => ({}), ['abcd']],
    ['no answer is success', () => null, ['abcd']],
    ['the first record: all again', ({ report }) => report('a'), ['abcd', 'abcd']],
    ['a record in the middle: from it on again', ({ report }) => report('c'), ['abcd', 'cd']],
    ['the last record: it alone again', ({ report }) => report('d'), ['abcd', 'd']],
    ['of several the lowest is the checkpoint', ({ report }) => report('d', 'b', 'c'), ['abcd', 'bcd']],
    ['an unknown record: all again', () => ({ batchItemFailures: [{ itemIdentifier: '7' }] }), ['abcd', 'abcd']],
    ['an empty identifier: all again', () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), ['abcd', 'abcd']],
    ['no identifier: all again', () => ({ batchItemFailures: [{ itemIdentifier: null }] }), ['abcd', 'abcd']],
  ])('%s', async (_name, answer, expected) => {
    const mapped = await runMapped({
      steps: [put('abcd')],
      answer: (invocation) => (invocation.call === 0 ? answer(invocation) : null),
    });

    expect(namesOf(mapped)).toEqual(expected);
    expect([...mapped.acknowledged].sort().join('')).toBe('abcd');
  });

  it('counts for nothing where the mapping does not ask for it', async () => {
    const mapped = await runMapped({
      settings: { FunctionResponseTypes: [] },
      steps: [put('abcd')],
      answer: ({ report }) => report('a'),
    });

    expect(namesOf(mapped)).toEqual(['abcd']);
  });
});

describe('a function error', () => {
  it('has the whole batch delivered again', async () => {
    expect(namesOf(await runMapped({ steps: [put('abcd')], answer: failing(2) }))).toEqual(['abcd', 'abcd', 'abcd']);
  });

  it('halves the batch, where it may, and costs no attempt by that', async () => {
    const settings = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 };

    const mapped = await runMapped({
      settings,
      steps: [put('abcd')],
      answer: ({ names }) => {
        if (names.includes('c')) throw new Error('The function failed');
      },
    });

    expect(namesOf(mapped)).toEqual(['abcd', 'ab', 'cd', 'c', 'd']);
    expect(mapped.discarded).toEqual(['c']);
    expect([...mapped.acknowledged].sort()).toEqual(['a', 'b', 'd']);
  });

  it('a report halves nothing: the rest alone is delivered again', async () => {
    const settings = { BisectBatchOnFunctionError: true };

    const mapped = await runMapped({
      settings,
      steps: [put('abcd')],
      answer: ({ call, report }) => (call === 0 ? report('b') : null),
    });

    expect(namesOf(mapped)).toEqual(['abcd', 'bcd']);
  });
});

describe('attempts', () => {
  it.each([
    [0, 1],
    [3, 4],
  ])(
    '%d retries are %d invocations, then the batch is given up and the shard goes on',
    async (MaximumRetryAttempts, invocations) => {
      const mapped = await runMapped({
        settings: { MaximumRetryAttempts, BatchSize: 2 },
        steps: [put('abcd')],
        answer: ({ names }) => {
          if (names.includes('a')) throw new Error('The function failed');
        },
      });

      expect(namesOf(mapped)).toEqual([...Array(invocations).fill('ab'), 'cd']);
      expect(mapped.discarded).toEqual(['a', 'b']);
    },
  );

  it('-1 is for ever', async () => {
    const mapped = await runMapped({ settings: { MaximumRetryAttempts: -1 }, steps: [put('a')], answer: failing(500) });

    expect(mapped.deliveries).toHaveLength(501);
    expect(mapped.discarded).toEqual([]);
  });

  it('are counted anew after progress', async () => {
    const mapped = await runMapped({
      settings: { MaximumRetryAttempts: 1 },
      steps: [put('abc')],
      // Each record fails once before it goes through.
      answer: ({ names, call, report }) =>
        call % 2 === 0 ? report(names[0] as string) : names[1] ? report(names[1]) : null,
    });

    expect(namesOf(mapped)).toEqual(['abc', 'abc', 'bc', 'bc', 'c', 'c']);
    expect(mapped.discarded).toEqual([]);
  });

  it('come after longer and longer pauses, up to a bound', async () => {
    const { deliveries } = await runMapped({ steps: [put('a')], answer: failing(20) });

    const pauses = deliveries.slice(1).map(({ at }, index) => at - (deliveries[index]?.at ?? 0));
    expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
    expect(pauses[0]).toBeLessThan(pauses[5] ?? 0);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
  });

  it('being throttled costs none: only the age ends it', async () => {
    const throttled = ({ call }: Invocation) => {
      if (call < 30) throw new ThrottledError();
    };

    const patient = await runMapped({ settings: { MaximumRetryAttempts: 0 }, steps: [put('a')], answer: throttled });
    const old = await runMapped({
      settings: { MaximumRetryAttempts: 0, MaximumRecordAgeInSeconds: 60 },
      steps: [put('a')],
      answer: () => {
        throw new ThrottledError();
      },
    });

    expect(patient.acknowledged).toEqual(['a']);
    expect(old.discarded).toEqual(['a']);
    expect(JSON.parse(old.failures[0]?.body ?? '{}').requestContext).toMatchObject({
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: 0,
    });
  });
});

describe('age', () => {
  it('what is too old is given up, the younger records go on', async () => {
    const mapped = await runMapped({
      settings: { MaximumRecordAgeInSeconds: 60, MaximumBatchingWindowInSeconds: 40 },
      steps: [put('ab'), put('c', 39_000), put('', 300_000)],
      answer: ({ names }) => {
        if (names.includes('a')) throw new Error('The function failed');
      },
    });

    expect(mapped.discarded).toEqual(['a', 'b']);
    expect(mapped.acknowledged).toEqual(['c']);
    expect(JSON.parse(mapped.failures[0]?.body ?? '{}').requestContext.condition).toBe('RecordAgeExceeded');
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
describe('the on-failure destination', () => {
  it('gets the whole invocation, under a key of mapping, shard and day', async () => {
    const { failures, deliveries } = await runMapped({
      settings: { MaximumRetryAttempts: 2 },
      steps: [put('abc', 1_000)],
      answer: failing(),
    });

    const [failure] = failures;
    const records = deliveries[0]?.records;
    expect(failures).toHaveLength(1);
    expect(failure?.key).toMatch(
      /^aws\/lambda\/11111111-2222-3333-4444-555555555555\/shardId-000000000000\/2026\/03\/01\/2026-03-01T12\.00\.\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    const { payload, ...body } = JSON.parse(failure?.body ?? '{}');
    expect(JSON.parse(payload)).toEqual({ Records: records });
    expect(body).toEqual({
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
        startSequenceNumber: records?.[0]?.kinesis.sequenceNumber,
        endSequenceNumber: records?.[2]?.kinesis.sequenceNumber,
        approximateArrivalOfFirstRecord: '2026-03-01T12:00:01.000Z',
        approximateArrivalOfLastRecord: '2026-03-01T12:00:01.000Z',
        batchSize: 3,
        streamArn: 'arn:aws:kinesis:eu-west-1:000000000000:stream/aws-rds-das-cluster-A',
      },
    });
  });

  it('names no function error where the function reported', async () => {
    const { failures } = await runMapped({
      settings: { MaximumRetryAttempts: 0 },
      steps: [put('ab')],
      answer: ({ report }) => report('a'),
    });

    expect(JSON.parse(failures[0]?.body ?? '{}').responseContext).toEqual({
      statusCode: 200,
      executedVersion: '$LATEST',
    });
  });

  it('gets nothing of what the function acknowledged', async () => {
    const { failures } = await runMapped({
      settings: { MaximumRetryAttempts: 0 },
      steps: [put('abcd')],
      answer: ({ report }) => report('c'),
    });

    const payload = JSON.parse(JSON.parse(failures[0]?.body ?? '{}').payload);
    expect(
      payload.Records.map(
        ({ kinesis }: { kinesis: { data: string } }) => Buffer.from(kinesis.data, 'base64').toString()[0],
      ),
    ).toEqual(['c', 'd']);
  });
});

describe('what may happen on Lambda’s own side', () => {
  it('a lost response: the batch is delivered again, though the function has done it', async () => {
    const mapped = await runMapped({ steps: [put('abc')], disturb: (call) => (call === 0 ? 'lost response' : null) });

    expect(namesOf(mapped)).toEqual(['abc', 'abc']);
  });

  it('a second delivery: the same batch at the same time', async () => {
    const { deliveries } = await runMapped({ steps: [put('abc')], disturb: () => 'second delivery' });

    expect(deliveries.map(({ names }) => names.join(''))).toEqual(['abc', 'abc']);
    expect(deliveries[0]?.at).toBe(deliveries[1]?.at);
  });

  it.each(['TRIM_HORIZON', 'LATEST'] as const)(
    'a poller restart: another begins at the checkpoint, with other batches, while the old invocation still runs: %s',
    async (StartingPosition) => {
      let running = 0;
      let overlapped = false;
      const mapped = await runMapped({
        settings: { BatchSize: 4, StartingPosition },
        steps: [put('ab', 1_000), put('cdef', 2_000)],
        disturb: (call) => (call === 1 ? 'poller restart' : null),
        async answer({ sleep }) {
          overlapped ||= running > 0;
          running++;
          await sleep(5_000);
          running--;
        },
      });

      expect(namesOf(mapped)[0]).toBe('ab');
      expect([...new Set(mapped.acknowledged)].sort().join('')).toBe('abcdef');
      expect(overlapped).toBe(true);
    },
  );

  it.each(['openShard', 'readNext'] as const)('%s that fails a few times: another reader goes on', async (own) => {
    const { acknowledged } = await runMapped({
      shards: 2,
      steps: [[0, ({ putAll }) => putAll(['a', 'b', 'c', 'd'])]],
      fails: (called, call) => called === own && call < 6,
    });

    expect(acknowledged.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('a failure destination that refuses: what it was to get is delivered again, then kept', async () => {
    const { acknowledged, discarded, failures, deliveries } = await runMapped({
      settings: { MaximumRetryAttempts: 0, ParallelizationFactor: 2 },
      steps: [[0, ({ putAll }) => putAll(['a', 'b', 'c'], 'key')]],
      answer: () => {
        throw new Error('function error');
      },
      fails: (own, call) => own === 'writeFailure' && call < 3,
    });

    expect(acknowledged).toEqual([]);
    expect(discarded).toEqual(['a', 'b', 'c']);
    expect(failures).toHaveLength(1);
    expect(deliveries).toHaveLength(4);
  });

  it('a call of its own that always fails ends it, with what was thrown', async () => {
    const run = runMapped({
      shards: 2,
      steps: [[0, ({ putAll }) => putAll(['a', 'b'])]],
      fails: (own) => own === 'readNext',
    });

    await expect(run).rejects.toThrow('readNext failed');
  });

  it('a mapping that is stopped delivers no more', async () => {
    const { deliveries } = await runMapped({ steps: [put('a'), put('b', 60_000)], stopAt: 30_000 });

    expect(deliveries.map(({ names }) => names.join(''))).toEqual(['a']);
  });
});

describe('whatever the stream, the settings and the answers', () => {
  it('no record is left out: each is acknowledged or given up', async () => {
    const DISTURBANCES: readonly (Disturbance | null)[] = [
      null,
      null,
      null,
      'lost response',
      'second delivery',
      'poller restart',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          gaps: fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 25 }),
          batchSize: fc.integer({ min: 1, max: 8 }),
          lanes: fc.constantFrom(1, 3, 10),
          shards: fc.integer({ min: 1, max: 3 }),
          attempts: fc.integer({ min: 0, max: 4 }),
          bisect: fc.boolean(),
          window: fc.constantFrom(0, 2),
          position: fc.constantFrom('TRIM_HORIZON' as const, 'LATEST' as const),
          answers: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 }),
          disturbances: fc.array(fc.constantFrom(...DISTURBANCES), { minLength: 1, maxLength: 10 }),
          splitAt: fc.option(fc.nat({ max: 20 })),
        }),
        async (plan) => {
          let at = 1_000;
          const steps = plan.gaps.map((gap, index): Plan['steps'][number] => {
            at += gap;
            return [
              at,
              (stream) => {
                const [open] = stream.openShards();
                if (index === plan.splitAt && open !== undefined) stream.split(open);
                stream.putAll([`${index}`], `${index % 7}`);
              },
            ];
          });

          const mapped = await runMapped({
            steps,
            shards: plan.shards,
            settings: {
              BatchSize: plan.batchSize,
              ParallelizationFactor: plan.lanes,
              MaximumRetryAttempts: plan.attempts,
              BisectBatchOnFunctionError: plan.bisect,
              MaximumBatchingWindowInSeconds: plan.window,
              StartingPosition: plan.position,
            },
            disturb: (call) => (call < 40 ? (plan.disturbances[call % plan.disturbances.length] ?? null) : null),
            answer: ({ names, call, report }) => {
              const kind = plan.answers[call % plan.answers.length] ?? 0;
              if (kind === 0) throw new Error('The function failed');
              return kind < 4 ? report(names[kind % names.length] as string) : null;
            },
          });

          const done = new Set([...mapped.acknowledged, ...mapped.discarded]);
          expect([...done].map(Number).sort((one, other) => one - other)).toEqual(plan.gaps.map((_, index) => index));
        },
      ),
      { numRuns: 200 },
    );
  });
});
