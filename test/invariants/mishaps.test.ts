import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../local/aws/endpoint.ts';
import { checkScenario } from '../simulation/check-seed.ts';
import { findViolations } from '../simulation/invariants.ts';
import { MISHAPS } from '../simulation/mishaps.ts';
import { createBatchScenario, type Mishap, type Scenario, simulate } from '../simulation/simulate.ts';
import { createWorld, type World } from '../simulation/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const NAMES = ['workload 2', 'no envelope', 'many events', 'workload 3'];

const createScenario = (overrides: Partial<Scenario>, names: readonly string[] = NAMES) =>
  createBatchScenario(names, world, overrides);

const violationsOf = (overrides: Partial<Scenario>) => checkScenario(createScenario(overrides), world);

const is =
  (name: string) =>
  ({ service, operation }: Call) =>
    `${service} ${operation}` === name;

const CASES = Object.entries(MISHAPS).flatMap(([call, mishaps]) =>
  mishaps.flatMap((mishap) =>
    [1, 5, Number.POSITIVE_INFINITY].map((times) => [call, describeMishap(mishap), times, mishap] as const),
  ),
);

function describeMishap(mishap: Mishap): string {
  return 'code' in mishap ? mishap.code : mishap.kind;
}

/** A service that fails for ever is mended after so long. */
const MENDED_AT_MS = 90_000;

describe('a service that fails costs nothing but time', () => {
  it.each(CASES)('%s: %s, %d times', async (call, _description, times, mishap) => {
    let left = times;
    let met = 0;
    // Whatever is archived stands there already in part, so that the function has to compare.
    let lost = call === 's3 GET object' ? 3 : 0;
    const isMeant = is(call);

    const violations = await violationsOf({
      chooseMishap(called, _number, now) {
        if (lost > 0 && called.path.includes('/activity/')) {
          lost--;
          return { kind: 'lost answer' };
        }
        if (!isMeant(called) || left <= 0 || now > MENDED_AT_MS) return null;
        left--;
        met++;
        return mishap;
      },
    });

    expect(violations).toEqual([]);
    expect(met).toBeGreaterThan(0);
  });

  it.each(['activity', 'quarantine'])('%s cannot be written while the rest of the bucket can', async (folder) => {
    let met = 0;

    const violations = await violationsOf({
      chooseMishap(call, _number, now) {
        if (!is('s3 PUT object')(call) || !call.path.includes(`/${folder}/`) || now > MENDED_AT_MS) return null;
        met++;
        return { kind: 'error', code: 'AccessDenied', status: 403 };
      },
    });

    expect(violations).toEqual([]);
    expect(met).toBeGreaterThan(0);
  });
});

describe('of ten entries', () => {
  const TEN = ['workload 2', 'many events'];
  const counts = [1, 5, 10].flatMap((count) =>
    ['ThrottlingException', 'InternalFailure', 'NoAnswer'].flatMap((code) =>
      [1, 30].map((times) => [count, code, times] as const),
    ),
  );

  it.each(counts)('%d fail with %s, %d times: only these are sent again', async (count, code, times) => {
    const failures = new Map<string, number>();
    const isMeant = (id: string) => Number(id.split('/').at(-1)) % 10 < count;

    const run = await simulate(
      createScenario(
        {
          failEntry(id) {
            const before = failures.get(id) ?? 0;
            if (!isMeant(id) || before === times) return null;
            failures.set(id, before + 1);
            return code;
          },
        },
        TEN,
      ),
      world,
    );

    expect(findViolations(run)).toEqual([]);
    expect(failures.size).toBeGreaterThan(0);
    if (times === 1 && code !== 'NoAnswer') {
      // Each entry that was accepted is on the bus once: no other was sent again.
      const ids = run.events.map(({ detail }) => detail.metadata.eventId);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });
});

describe('time', () => {
  it('poison costs none: neither its own shard nor another waits for it', async () => {
    const createRun = (kinds: readonly string[]) => {
      const { puts } = createScenario({}, kinds);
      const spread = puts.map((put, index) => ({ ...put, at: 700 * index, partitionKey: `key-${index}` }));
      return simulate(createScenario({ shards: 2, puts: spread, settings: { BatchSize: 2 } }), world);
    };
    const healthy = await createRun([2, 3, 5, 16, 2, 3].map((number) => `workload ${number}`));
    const poisoned = await createRun([
      'workload 2',
      'no JSON',
      'a foreign key',
      'workload 16',
      'no envelope',
      'a bomb',
    ]);

    expect(findViolations(poisoned)).toEqual([]);
    expect(new Set(poisoned.puts.map(({ shardId }) => shardId)).size).toBe(2);
    expect(poisoned.answers.map(({ records }) => records.length)).toEqual(
      healthy.answers.map(({ records }) => records.length),
    );
    expect(poisoned.duration).toBe(healthy.duration);
  });

  it('no chunk is begun in the last five seconds or tenth, however slow a service is, and there is always an answer', async () => {
    const pair = ['a large record', 'a large record'];
    const names = [...pair, ...pair, ...pair, ...pair];
    const timeoutMs = world.deployment.timeoutSeconds * 1000;
    const begun: number[] = [];

    for (const milliseconds of [3_000, 7_000, 9_500]) {
      const run = await simulate(
        createScenario(
          {
            chooseMishap(call, _number, now) {
              if (!is('s3 PUT object')(call)) return null;
              begun.push(now);
              return { kind: 'late', milliseconds };
            },
          },
          names,
        ),
        world,
      );

      expect(findViolations(run)).toEqual([]);
      const invokedAt = begun[0] ?? 0;
      const reserve = Math.max(5_000, timeoutMs / 10);
      const ofFirst = begun.filter((at) => at - invokedAt < timeoutMs);
      expect(Math.max(...ofFirst) - invokedAt).toBeLessThan(timeoutMs - reserve);
      begun.length = 0;
    }
  });

  it('what there is no time for is left to another invocation', async () => {
    const names = Array<string>(16).fill('a large record');

    const run = await simulate(
      createScenario(
        { chooseMishap: (call) => (is('s3 PUT object')(call) ? { kind: 'late', milliseconds: 9_500 } : null) },
        names,
      ),
      world,
    );

    expect(findViolations(run)).toEqual([]);
    expect(run.log.filter((line) => line.includes('The time is up'))).toHaveLength(1);
  });
});
