// Where the time goes, of the built function and of its library floor: V8's samples by part. npm run bench:profile
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { build } from 'esbuild';
import { HANDLER_BUNDLE } from '../bundle.ts';
import { argument } from '../cli/usage.ts';
import { wholeNumber } from '../src/settings.ts';
import type { Profile } from '../test/support/measured-function.ts';
import { type ContenderName, startContender } from './contenders/contender.ts';
import { cutBatches, runRound, type Setup } from './measure.ts';
import { type BenchRecord, sealRecords } from './records.ts';
import { startServices } from './services.ts';
import { prepare } from './setup.ts';
import { BENCH_ENGINES, nameOf, type Shape, TYPICAL } from './shapes.ts';

const RECORDS = 3_000;
const ROUNDS = 3;

/** The parts, by the file that the innermost own or library function comes from; the first that fits. */
const PARTS: readonly (readonly [name: string, file: RegExp])[] = [
  ['Encryption SDK', /node_modules\/(@aws-crypto|readable-stream|duplexify|end-of-stream|bn\.js|asn1\.js)\//],
  ['AWS SDK: S3, EventBridge, KMS', /node_modules\/(@aws-sdk|@smithy)\//],
  ['metrics and log', /node_modules\/@aws-lambda-powertools|src\/telemetry/],
  ['gunzip', /src\/transforms\/decompress/],
  ['gzip', /src\/sinks\/archive\.ts/],
  ['gunzip, JSON and gzip of the floor', /bench\/contenders\//],
  ['envelope: base64 and JSON', /src\/transforms\/decode/],
  ['JSON of the record, and its slices', /src\/transforms\/parse/],
  ['lines of the archive', /src\/sinks\/archive-layout/],
  ['class and verb', /src\/(engines|sql|transforms\/classify)|lru-cache/],
  ['rules that drop', /src\/(patterns|drop-rules|transforms\/filter)/],
  ['entries of the bus, masked', /src\/sinks\/bus/],
  ['the rest of the flow', /src\//],
];
const GARBAGE = 'garbage collection';
const OTHERS = 'Node itself: sockets, timers, the event';

const shape = new Command('npm run bench:profile --')
  .description('Says where the time of the built function goes, and that of its library floor.')
  .addOption(new Option('--engine <name>', 'whose records').choices(BENCH_ENGINES).default(TYPICAL.engine))
  .option('--events-per-record <number>', 'in each record', argument(wholeNumber(1, 1_000)), TYPICAL.eventsPerRecord)
  .parse()
  .opts<Shape>();

const folder = await mkdtemp(join(tmpdir(), 'das-router-profile-'));
const services = await startServices();
try {
  const bundle = join(folder, 'handler.cjs');
  // Not minified, it says which file each function is from.
  await build({ ...HANDLER_BUNDLE, minify: false, outfile: bundle });
  const { setup, dataKeys } = await prepare(services, ROUNDS);
  const records = await sealRecords(shape, RECORDS, dataKeys);
  const origins = await readOrigins(bundle);
  const parts = [];
  for (const name of ['handler', 'libraryFloor'] as const) {
    parts.push(splitByPart(await profile(name, records, bundle, setup), origins, bundle));
  }
  print(parts);
} finally {
  await services.close();
  await rm(folder, { recursive: true });
}

async function profile(
  name: ContenderName,
  records: readonly BenchRecord[],
  bundle: string,
  { batchSize, memoryMb, timeoutMs, environmentOf }: Setup,
): Promise<Profile> {
  const batches = cutBatches(records, batchSize);
  const contender = startContender(name, { memoryMb, timeoutMs, environment: environmentOf(name), bundle });
  try {
    await runRound(contender, batches);
    await contender.startProfile();
    for (let round = 0; round < ROUNDS; round++) await runRound(contender, batches);
    return await contender.stopProfile();
  } finally {
    contender.stop();
  }
}

/** Of each line of the bundle the file that it comes from, as esbuild says in comments. */
async function readOrigins(bundle: string): Promise<readonly string[]> {
  let origin = '';
  return (await readFile(bundle, 'utf8')).split('\n').map((line) => {
    origin = /^\/\/ (\S+\.[a-z]+)$/.exec(line)?.[1] ?? origin;
    return origin;
  });
}

/** Microseconds a record, by part. */
function splitByPart(
  { nodes, samples, timeDeltas }: Profile,
  origins: readonly string[],
  bundle: string,
): ReadonlyMap<string, number> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const parts = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const part = partOf(id);
    if (part !== null) parts.set(part, (parts.get(part) ?? 0) + (timeDeltas[at] ?? 0) / (RECORDS * ROUNDS));
  }
  // A part that is never seen is one that is not found.
  if (!parts.has('Encryption SDK')) throw new Error('The profile has nothing of the Encryption SDK');
  return parts;

  function partOf(id: number): string | null {
    const { functionName } = frames.get(id) ?? {};
    if (functionName === '(idle)') return null;
    if (functionName === '(garbage collector)') return GARBAGE;
    for (let node: number | undefined = id; node !== undefined; node = parents.get(node)) {
      const { url = '', lineNumber = 0 } = frames.get(node) ?? {};
      const origin = url.endsWith(bundle) ? (origins[lineNumber] ?? '') : url;
      const part = PARTS.find(([, file]) => file.test(origin))?.[0];
      if (part !== undefined) return part;
    }
    return OTHERS;
  }
}

function print(profiles: readonly ReadonlyMap<string, number>[]): void {
  const table = new Table({
    head: [`µs a record, ${nameOf(shape)}`, 'handler', 'library floor'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right'],
  });
  const [handler] = profiles;
  const names = [...new Set(profiles.flatMap((parts) => [...parts.keys()]))];
  const sorted = names.toSorted((one, other) => (handler?.get(other) ?? 0) - (handler?.get(one) ?? 0));
  const row = (name: string, times: readonly number[]) => [name, ...times.map((time) => time.toFixed(0))];
  table.push(
    ...sorted.map((name) =>
      row(
        name,
        profiles.map((parts) => parts.get(name) ?? 0),
      ),
    ),
  );
  table.push(
    row(
      'together, on the main thread',
      profiles.map((parts) => [...parts.values()].reduce((sum, time) => sum + time, 0)),
    ),
  );
  process.stdout.write(`${table}\n`);
}
