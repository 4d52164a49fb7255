import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkScenario } from '../simulation/check-seed.ts';
import { createBatchScenario, type Scenario, simulate } from '../simulation/simulate.ts';
import { createWorld, type World } from '../simulation/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Batches that together make every kind of call, by the names of their records; all in one invocation. */
const BATCHES: Readonly<Record<string, readonly string[]>> = {
  'a poison record among others': [
    'workload 2',
    'workload 3',
    'no envelope',
    'workload 5',
    'workload 16',
    'a changed message',
  ],
  'several calls of the bus': ['many events', 'a refused entry', 'workload 0', 'many events'],
  'several chunks': ['workload 2', 'a large record', 'no gzip', 'a large record', 'workload 3', 'a foreign key'],
};

const createScenario = (names: readonly string[], overrides?: Partial<Scenario>) =>
  createBatchScenario(names, world, overrides);

describe.each(Object.entries(BATCHES))('%s', (_name, names) => {
  it('survives a crash at every boundary: before and after each call', async () => {
    const { calls, answers } = await simulate(createScenario(names), world);
    expect(answers).toHaveLength(1);

    for (const [boundary] of calls.entries()) {
      for (const kind of ['crash before', 'crash after'] as const) {
        let crashes = 0;
        const chooseMishap: Scenario['chooseMishap'] = (_call, number) => {
          if (number !== boundary) return null;
          crashes++;
          return { kind };
        };
        const violations = await checkScenario(createScenario(names, { chooseMishap }), world);

        expect(violations, `${kind} call ${boundary}`).toEqual([]);
        expect(crashes).toBe(1);
      }
    }
  });

  it.each([
    ['halved, so that its objects have other names', true],
    ['whole, so that the function compares', false],
  ])('survives a crash at every boundary of every second delivery: %s', async (_how, BisectBatchOnFunctionError) => {
    const { calls: first } = await simulate(createScenario(names), world);
    const crashingAt = (...numbers: readonly number[]) => {
      const crashes = new Set<number>();
      const scenario = createScenario(names, {
        settings: { BatchSize: 100, BisectBatchOnFunctionError },
        chooseMishap(_call, number) {
          if (!numbers.includes(number)) return null;
          crashes.add(number);
          return { kind: 'crash after' };
        },
      });
      return { crashes, scenario };
    };
    const { calls } = await simulate(crashingAt(first.length - 1).scenario, world);
    const compared = calls.some(({ operation }) => operation === 'GET object');
    expect(compared).toBe(!BisectBatchOnFunctionError);

    for (let boundary = first.length; boundary < calls.length; boundary++) {
      const { crashes, scenario } = crashingAt(first.length - 1, boundary);

      expect(await checkScenario(scenario, world), `crash after call ${boundary}`).toEqual([]);
      expect(crashes.size).toBe(2);
    }
  });

  it.each(['lost response', 'second delivery', 'poller restart'] as const)('survives a %s', async (disturbance) => {
    let disturbances = 0;

    const disturb = () => (disturbances++ === 0 ? disturbance : null);
    const violations = await checkScenario(createScenario(names, { disturb }), world);

    expect(violations).toEqual([]);
    expect(disturbances).toBeGreaterThan(0);
  });
});
