// Runs many schedules, on every processor, and names the seeds that broke a promise.
import { isMainThread } from 'node:worker_threads';
import { Command } from 'commander';
import { type Advance, withProgress } from '../../cli/progress.ts';
import { argument } from '../../cli/usage.ts';
import { wholeNumber } from '../../src/settings.ts';
import { checkSeed } from './check-seed.ts';
import { packagedTemplate, postResult, runInWorkers, takeItems } from './in-workers.ts';
import { createWorld } from './world.ts';

interface Checked {
  readonly seed: number;
  readonly violations: readonly string[];
}

/** The stand-ins remember every call and every bus: now and then they begin anew. */
const SEEDS_PER_WORLD = 500;
/** Where there is no terminal for a progress bar. */
const REPORTED_EVERY = 500;
const readNumber = argument(wholeNumber(0, 100_000_000));

if (isMainThread) await main();
else await work();

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
  const checked: Checked[] = [];
  await runInWorkers<number, Checked>(import.meta.filename, seeds, (result) => {
    checked.push(result);
    advance(checked.length, seeds.length);
    if (result.violations.length > 0) writeViolations(result);
    if (checked.length % REPORTED_EVERY === 0 && !process.stderr.isTTY) {
      process.stderr.write(`${checked.length} of ${seeds.length}\n`);
    }
  });
  return checked;
}

/** At once: a run takes the better part of an hour. */
function writeViolations({ seed, violations }: Checked): void {
  process.stdout.write(`seed ${seed}:\n${violations.map((violation) => `  ${violation}\n`).join('')}`);
  process.stdout.write(`  alone: npm run test:soak -- --seed ${seed}\n`);
}

async function work(): Promise<void> {
  let world = await createWorld(packagedTemplate());
  let seeds = 0;
  for (const seed of takeItems<number>()) {
    postResult<Checked>({ seed, violations: await checkSeed(seed, world) });
    if (++seeds % SEEDS_PER_WORLD > 0) continue;
    await world.close();
    world = await createWorld(packagedTemplate());
  }
  await world.close();
}
