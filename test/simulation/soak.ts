// Runs many schedules, on every processor, and names the seeds that broke a promise.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Command } from 'commander';
import { type Advance, withProgress } from '../../cli/progress.ts';
import { argument } from '../../cli/usage.ts';
import { packageService, type Template } from '../../local/package.ts';
import { wholeNumber } from '../../src/settings.ts';
import { REQUIRED } from '../support/stack.ts';
import { checkSeed } from './check-seed.ts';
import { createWorld } from './world.ts';

/** What a worker checks, and the stack whose settings its function runs with. */
interface Share {
  readonly seeds: readonly number[];
  readonly template: Template;
}

interface Checked {
  readonly seed: number;
  readonly violations: readonly string[];
}

/** The stand-ins remember every call and every bus: now and then they begin anew. */
const SEEDS_A_WORLD = 500;
/** Where there is no terminal for a progress bar. */
const SAY_EVERY = 500;
const readNumber = argument(wholeNumber(0, 100_000_000));

if (isMainThread) await main();
else await work(workerData);

async function main(): Promise<void> {
  const { seeds, from, seed } = new Command('npm run test:soak --')
    .description('Checks the promises on many schedules; a seed that fails can be run alone.')
    .option('--seeds <number>', 'how many schedules', readNumber, 10_000)
    .option('--from <number>', 'the first seed', readNumber, 0)
    .option('--seed <number>', 'this one alone', readNumber)
    .parse()
    .opts<{ seeds: number; from: number; seed?: number }>();
  const chosen = seed === undefined ? Array.from({ length: seeds }, (_, index) => from + index) : [seed];
  const began = performance.now();
  const failed = (await withProgress('Schedules', (advance) => checkAll(chosen, advance))).filter(
    ({ violations }) => violations.length > 0,
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(
    `${chosen.length - failed.length} of ${chosen.length} schedules kept every promise (${seconds} s).\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function checkAll(seeds: readonly number[], advance: Advance): Promise<readonly Checked[]> {
  const workers = Math.min(availableParallelism(), seeds.length);
  const { template } = await packageService(REQUIRED);
  const checked: Checked[] = [];
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const share = seeds.filter((_, position) => position % workers === index);
      const worker = new Worker(new URL(import.meta.url), { workerData: { seeds: share, template } satisfies Share });
      worker.on('message', (result: Checked) => {
        checked.push(result);
        advance(checked.length, seeds.length);
        if (result.violations.length > 0) writeViolations(result);
        if (checked.length % SAY_EVERY === 0 && !process.stderr.isTTY) {
          process.stderr.write(`${checked.length} of ${seeds.length}\n`);
        }
      });
      const [status] = await once(worker, 'exit');
      if (status !== 0) throw new Error(`A worker ended with status ${status}`);
    }),
  );
  return checked;
}

/** At once: a run takes the better part of an hour. */
function writeViolations({ seed, violations }: Checked): void {
  process.stdout.write(`seed ${seed}:\n${violations.map((violation) => `  ${violation}\n`).join('')}`);
  process.stdout.write(`  alone: npm run test:soak -- --seed ${seed}\n`);
}

async function work({ seeds, template }: Share): Promise<void> {
  for (let from = 0; from < seeds.length; from += SEEDS_A_WORLD) {
    const world = await createWorld(template);
    for (const seed of seeds.slice(from, from + SEEDS_A_WORLD)) {
      parentPort?.postMessage({ seed, violations: await checkSeed(seed, world) } satisfies Checked);
    }
    await world.close();
  }
}
