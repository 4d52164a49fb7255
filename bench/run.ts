// What the built function costs beside what it cannot cost less than, and beside what the public samples cost.
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { withProgress } from '../cli/progress.ts';
import { argument } from '../cli/usage.ts';
import { ROOT } from '../local/package.ts';
import { wholeNumber } from '../src/settings.ts';
import { median } from './fit.ts';
import { measureLag } from './lag.ts';
import { measureGrowth, measureShape } from './measure.ts';
import { drawPicture } from './picture.ts';
import { sealRecords } from './records.ts';
import { renderTables, replaceTables } from './report.ts';
import type { Results, ShapeResult } from './results.ts';
import { startServices } from './services.ts';
import { prepare } from './setup.ts';
import { SHAPES, TYPICAL } from './shapes.ts';
import { judge } from './targets.ts';

/** From 2 % of the records to twice as many: from 100 to 10,000. */
const GROWTH = [0.02, 0.06, 0.2, 0.6, 2];
const FULL = { records: 5_000, rounds: 3 };
/** A trial shows that the lag can be measured: two windows. */
const LAG_SECONDS = { full: 35, trial: 10 };
/** As the stage prod has it. */
const WINDOW_SECONDS = 5;
const IMPORTS = 9;
const BUNDLE = join(ROOT, 'dist', 'handler.cjs');
const DOCS = join(ROOT, 'docs');

const readNumber = argument(wholeNumber(1, 100_000));
const { records, rounds } = new Command('npm run bench --')
  .description(
    `Measures the built function beside its floors and a naive consumer, and writes docs/performance.*. With fewer than ${FULL.records} records or ${FULL.rounds} rounds it is a trial, and nothing is written.`,
  )
  .option('--records <number>', 'of each kind', readNumber, FULL.records)
  .option('--rounds <number>', 'of which the median counts', readNumber, FULL.rounds)
  .parse()
  .opts<{ records: number; rounds: number }>();

const isTrial = records < FULL.records || rounds < FULL.rounds;
const services = await startServices();
try {
  const results = await withProgress('Measuring', measure);
  process.stdout.write(`${renderTables(results)}\n`);
  if (!isTrial) await write(results);
  // Times and memory are the machine's: they are told, and judged by who reads them.
  process.exitCode = judge(results).some(({ exact, holds }) => exact && !holds) ? 1 : 0;
} finally {
  await services.close();
}

async function measure(advance: (done: number, total: number) => void): Promise<Results> {
  const { setup, mapping, dataKeys } = await prepare(services, rounds);
  const steps = SHAPES.length + 2;
  const shapes: ShapeResult[] = [];
  for (const [at, shape] of SHAPES.entries()) {
    advance(at, steps);
    shapes.push(await measureShape(shape, await sealRecords(shape, records, dataKeys), setup));
  }
  advance(SHAPES.length, steps);
  const counts = GROWTH.map((part) => Math.ceil(records * part));
  const sealed = await sealRecords(TYPICAL, Math.max(...counts), dataKeys);
  const points = await measureGrowth(sealed, counts, setup);
  advance(SHAPES.length + 1, steps);
  const settings = { ...mapping, MaximumBatchingWindowInSeconds: WINDOW_SECONDS };
  return {
    day: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    processor: cpus()[0]?.model ?? 'an unknown processor',
    records,
    rounds,
    bundleBytes: (await stat(BUNDLE)).size,
    coldImportMs: await measureImport(setup.environmentOf('import')),
    shapes,
    growth: { shape: TYPICAL, points },
    lag: await measureLag(sealed, isTrial ? LAG_SECONDS.trial : LAG_SECONDS.full, settings, setup),
  };
}

/** In a fresh process each time, as in a new execution environment. */
async function measureImport(environment: Readonly<Record<string, string>>): Promise<number> {
  const program = `const start = performance.now(); require(${JSON.stringify(BUNDLE)}); console.log(performance.now() - start);`;
  const times: number[] = [];
  for (let round = 0; round < IMPORTS; round++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program], { env: environment });
    times.push(Number(stdout));
  }
  return median(times);
}

async function write(results: Results): Promise<void> {
  const document = join(DOCS, 'performance.md');
  await writeFile(join(DOCS, 'performance.json'), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(DOCS, 'performance.svg'), `${drawPicture(results)}\n`);
  await writeFile(document, replaceTables(await readFile(document, 'utf8'), renderTables(results)));
}
