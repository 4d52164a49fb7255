// What the built function costs beside what it cannot cost less than, and beside what the public samples cost.
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KMSClient } from '@aws-sdk/client-kms';
import { Command } from 'commander';
import { withProgress } from '../cli/progress.ts';
import { argument } from '../cli/usage.ts';
import { clientEnvironment, clientOptions, KEY_ARN } from '../local/aws/index.ts';
import { type DataKey, generateDataKey } from '../local/database-activity.ts';
import { packageDeployment } from '../local/deployment.ts';
import type { MappingSettings } from '../local/mapping/settings.ts';
import { ROOT } from '../local/package.ts';
import { wholeNumber } from '../src/settings.ts';
import { median } from './fit.ts';
import { measureLag } from './lag.ts';
import { measureGrowth, measureShape, type Setup } from './measure.ts';
import { drawPicture } from './picture.ts';
import { CLUSTER, type Shape, sealRecords } from './records.ts';
import { renderTables, replaceTables } from './report.ts';
import type { Results, ShapeResult } from './results.ts';
import { startServices } from './services.ts';
import { judge } from './targets.ts';

const SHAPES: readonly Shape[] = [
  { engine: 'aurora-postgresql', eventsPerRecord: 1 },
  { engine: 'aurora-postgresql', eventsPerRecord: 10 },
  { engine: 'aurora-postgresql', eventsPerRecord: 100 },
  { engine: 'aurora-mysql', eventsPerRecord: 1 },
  { engine: 'aurora-mysql', eventsPerRecord: 10 },
];
const GROWTH_SHAPE: Shape = { engine: 'aurora-postgresql', eventsPerRecord: 10 };
/** Of as many records, to begin with: 2 %, 6 %, … and twice as many. */
const GROWTH = [0.02, 0.06, 0.2, 0.6, 2];
const FULL = { records: 5_000, rounds: 3 };
const LAG_SECONDS = 30;
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

const services = await startServices();
try {
  const results = await withProgress('Measuring', measure);
  process.stdout.write(`${renderTables(results)}\n`);
  if (records >= FULL.records && rounds >= FULL.rounds) await write(results);
  // Times depend on the machine: they are told, and judged by who reads them.
  process.exitCode = judge(results).some(({ exact, holds }) => exact && !holds) ? 1 : 0;
} finally {
  await services.close();
}

async function measure(advance: (done: number, total: number) => void): Promise<Results> {
  const { deployment } = await packageDeployment([CLUSTER], new AbortController().signal);
  const mapping = deployment.mappings[0] as MappingSettings;
  const { publishClasses } = deployment.config;
  const setup: Setup = {
    services,
    rounds,
    batchSize: mapping.BatchSize,
    memoryMb: deployment.memoryMb,
    timeoutMs: deployment.timeoutSeconds * 1000,
    environmentOf: (name) => ({ ...deployment.environment, ...clientEnvironment(services.url, name) }),
    countPublished: (of) => of.flatMap(({ classes }) => classes).filter((each) => publishClasses.has(each)).length,
  };
  const dataKeys = await generateDataKeys(2);

  const shapes: ShapeResult[] = [];
  for (const [at, shape] of SHAPES.entries()) {
    advance(at, SHAPES.length + 2);
    const sealed = await sealRecords(shape, records, dataKeys);
    shapes.push(await measureShape(shape, sealed, dataKeys.length, setup));
  }
  advance(SHAPES.length, SHAPES.length + 2);
  const counts = GROWTH.map((part) => Math.ceil(records * part));
  const sealed = await sealRecords(GROWTH_SHAPE, Math.max(...counts), dataKeys);
  const points = await measureGrowth(sealed, counts, setup);
  advance(SHAPES.length + 1, SHAPES.length + 2);
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
    growth: { shape: GROWTH_SHAPE, points },
    lag: await measureLag(sealed, LAG_SECONDS, settings, setup),
  };
}

async function generateDataKeys(count: number): Promise<readonly DataKey[]> {
  const kms = new KMSClient(clientOptions(services.url, 'database'));
  const keys = await Promise.all(Array.from({ length: count }, () => generateDataKey(kms, KEY_ARN, CLUSTER)));
  kms.destroy();
  return keys;
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
