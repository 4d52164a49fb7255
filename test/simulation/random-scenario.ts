import type { Disturbance } from '../../local/mapping/deliver.ts';
import { createDice, type Dice } from './dice.ts';
import { ENTRY_FAILURES, MISHAPS } from './mishaps.ts';
import { type Mishap, QUIET, type Scenario } from './simulate.ts';
import type { Template } from './templates.ts';

const ENVIRONMENTS: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  { PUBLISH_CLASSES: '*' },
  { PUBLISH_CLASSES: '*', STATEMENT_TEXT: 'none' },
  { ARCHIVE_CLASSES: 'DDL,DCL', PUBLISH_CLASSES: 'DDL,DML' },
  { DATA_KEY_TTL_SECONDS: '1' },
];

const DISTURBANCES: readonly Disturbance[] = ['lost response', 'second delivery', 'poller restart'];

/** Just below the SDK's patience with a service. */
const SLOW_MS: Readonly<Record<string, number>> = { s3: 9_500, events: 4_500 };
/** Records that a chunk holds at most. */
const A_CHUNK = 500;

/** A schedule that a seed decides: what arrives when, how it is read, and everything that goes wrong until it clears up. */
export function createRandomScenario(seed: number, templates: readonly Template[]): Scenario {
  const dice = createDice(seed);
  if (dice.happens('slow', 0.02)) return createSlowScenario(dice, templates);
  const puts = createPuts(dice, templates);
  const end = puts.at(-1)?.at ?? 0;
  const clearsUpAt = end + dice.between('weather', 5_000, 40_000);
  // A third of the schedules has failing services alone: then nothing may ever be there twice.
  const brutal = dice.happens('brutal', 0.66);
  // A burst is opened again at each delivery: it meets fewer mishaps.
  const mostRates = puts.length > A_CHUNK ? [0, 0.02] : [0, 0.02, 0.1, 0.4, 1];
  const rates = new Map(Object.keys(MISHAPS).map((call) => [call, dice.pick('rate', mostRates)]));
  const crashRate = brutal ? dice.pick('crash rate', [0, 0.01, 0.05]) : 0;
  const disturbanceRate = brutal ? dice.pick('disturbance rate', [0, 0.05, 0.2]) : 0;
  const throttleRate = dice.pick('throttle rate', [0, 0, 0.1]);
  const entryRate = dice.pick('entry rate', [0, 0.05, 0.3, 1]);

  return {
    puts,
    shards: dice.between('shards', 1, 3),
    environment: dice.pick('environment', ENVIRONMENTS),
    settings: {
      BatchSize: puts.length > A_CHUNK ? 500 : dice.pick('batch size', [1, 3, 10, 40, 500]),
      MaximumBatchingWindowInSeconds: dice.pick('window', [0, 1, 5]),
      ParallelizationFactor: dice.pick('lanes', [1, 1, 4, 10]),
      BisectBatchOnFunctionError: dice.happens('bisect', 0.75),
      MaximumRetryAttempts: dice.pick('attempts', [10_000, 10_000, 1, 4]),
      MaximumRecordAgeInSeconds: brutal ? dice.pick('age', [82_800, 82_800, 60]) : 82_800,
    },
    reshards: Array.from({ length: dice.pick('reshards', [0, 0, 1, 2]) }, () => ({
      at: dice.between('reshard at', 0, end),
      kind: dice.pick('reshard', ['split', 'merge'] as const),
    })),
    chooseMishap({ service, operation, path }, _number, now) {
      if (now > clearsUpAt) return null;
      const call = `${service} ${operation}`;
      // By the key, without the bucket: calls that are under way at the same time come in any order.
      const which = `${call} ${path.replace(/^\/[^/]*/, '')}`;
      if (dice.happens(`crash at ${which}`, crashRate))
        return dice.pick<Mishap>(`crash when ${which}`, [{ kind: 'crash before' }, { kind: 'crash after' }]);
      return dice.happens(which, rates.get(call) ?? 0) ? dice.pick(`${which} how`, MISHAPS[call] ?? []) : null;
    },
    failEntry: (id, now) =>
      now <= clearsUpAt && dice.happens(`entry ${id}`, entryRate) ? dice.pick(`entry ${id} how`, ENTRY_FAILURES) : null,
    disturb: (now) =>
      now <= clearsUpAt && dice.happens('disturb', disturbanceRate) ? dice.pick('disturb how', DISTURBANCES) : null,
    throttles: (now) => now <= clearsUpAt && dice.happens('throttle', throttleRate),
  };
}

/** Several chunks in a batch, and services so slow that there is no time for all of them. */
function createSlowScenario(dice: Dice, templates: readonly Template[]): Scenario {
  const large = templates.filter(({ name }) => name === 'a large record');
  const count = dice.between('slow records', 9, 12);
  return {
    ...QUIET,
    puts: Array.from({ length: count }, () => ({ at: 0, template: large[0] as Template, partitionKey: 'key' })),
    settings: { BatchSize: 500 },
    chooseMishap: ({ service }) =>
      service === 'kms'
        ? null
        : { kind: 'late', milliseconds: dice.between(`slow ${service}`, 4_000, SLOW_MS[service] ?? 0) },
  };
}

function createPuts(dice: Dice, templates: readonly Template[]): Scenario['puts'] {
  const named = (prefix: string) => templates.filter(({ name }) => name.startsWith(prefix));
  const [workload, large] = [named('workload'), named('a large record')];
  const poison = templates.filter(({ fate }) => typeof fate === 'string');
  const others = templates.filter((template) => !workload.includes(template) && !poison.includes(template));
  const small = others.filter((template) => !large.includes(template));
  // One more than a chunk holds, and then some.
  const count = dice.happens('burst', 0.015)
    ? dice.between('burst of', A_CHUNK + 1, 560)
    : dice.between('records', 1, 30);
  const poisonRate = count > A_CHUNK ? 0.01 : dice.pick('poison rate', [0, 0.1, 0.5]);
  const largeRate = dice.pick('large rate', [0, 0, 0.15]);

  // A burst is long, not rich: what most of its records hold costs little to open, however often they are delivered.
  const plain = count > A_CHUNK ? named('heartbeats alone') : [];

  function pickTemplate(): Template {
    if (dice.happens('plain', plain.length > 0 ? 0.9 : 0)) return dice.pick('plain record', plain);
    if (count <= A_CHUNK && dice.happens('large', largeRate)) return dice.pick('large record', large);
    if (dice.happens('poison', poisonRate)) return dice.pick('poison record', poison);
    return dice.happens('other', 0.15) ? dice.pick('other record', small) : dice.pick('record', workload);
  }

  // A burst is alone, or comes after a silence.
  const burstAt = dice.pick('burst at', [0, 20_000]);
  let at = 0;
  return Array.from({ length: count }, () => {
    at += dice.happens('silence', 0.05) ? dice.between('silent for', 5_000, 20_000) : dice.between('gap', 0, 800);
    return {
      at: count > A_CHUNK ? burstAt : at,
      template: pickTemplate(),
      partitionKey: `key-${dice.between('partition', 1, 12)}`,
    };
  });
}
