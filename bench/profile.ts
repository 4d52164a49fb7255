// Where the function's time goes: the bundle under V8's profiler, its samples by part. npm run bench:profile
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { build } from 'esbuild';
import { HANDLER_BUNDLE } from '../bundle.ts';
import { argument } from '../cli/usage.ts';
import { clientEnvironment, clientOptions, KEY_ARN } from '../local/aws/index.ts';
import { generateDataKey } from '../local/database-activity.ts';
import { wholeNumber } from '../src/settings.ts';
import { createBatch } from '../test/support/batch.ts';
import { CLUSTER, type Shape, sealRecords } from './records.ts';
import { startServices } from './services.ts';

const RECORDS = 3_000;
const BATCH = 500;
const ROUNDS = 3;
const SAMPLE_MICROSECONDS = 200;

/** The parts, by the file that the innermost own or library function comes from; the first that fits. */
const PARTS: readonly (readonly [name: string, file: RegExp])[] = [
  ['Encryption SDK', /node_modules\/(@aws-crypto|readable-stream|duplexify|end-of-stream|bn\.js|asn1\.js)\//],
  ['AWS SDK: S3, EventBridge, KMS', /node_modules\/(@aws-sdk|@smithy)\//],
  ['metrics and log', /node_modules\/@aws-lambda-powertools|src\/telemetry/],
  ['gunzip', /src\/transforms\/decompress/],
  ['gzip', /src\/sinks\/archive\.ts/],
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

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const { engine, events } = new Command('npm run bench:profile --')
  .description('Says where the time of the built function goes.')
  .addOption(
    new Option('--engine <name>', 'whose records')
      .choices(['aurora-postgresql', 'aurora-mysql'])
      .default('aurora-postgresql'),
  )
  .option('--events <number>', 'in each record', argument(wholeNumber(1, 1_000)), 10)
  .parse()
  .opts<{ engine: Shape['engine']; events: number }>();

const folder = await mkdtemp(join(tmpdir(), 'das-router-profile-'));
const services = await startServices();
try {
  const bundle = join(folder, 'handler.cjs');
  // Not minified, it says which file each function is from.
  await build({ ...HANDLER_BUNDLE, minify: false, outfile: bundle });
  await profile(bundle);
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  print(splitByPart(JSON.parse(await readFile(join(folder, file), 'utf8')), await readOrigins(bundle), bundle));
} finally {
  await services.close();
  await rm(folder, { recursive: true });
}

async function profile(bundle: string): Promise<void> {
  const kms = new KMSClient(clientOptions(services.url, 'database'));
  const dataKey = await generateDataKey(kms, KEY_ARN, CLUSTER);
  kms.destroy();
  const records = await sealRecords({ engine, eventsPerRecord: events }, RECORDS, [dataKey]);
  const program = join(import.meta.dirname, '..', 'test', 'support', 'function-process.mjs');
  const child = fork(program, [bundle, String(Number.MAX_SAFE_INTEGER)], {
    execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLE_MICROSECONDS}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...clientEnvironment(services.url, 'handler'),
      ARCHIVE_BUCKET: 'archive',
      EVENT_BUS_NAME: 'bus',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    },
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (let from = 0; from < records.length; from += BATCH) {
      const data = records.slice(from, from + BATCH).map((record) => record.data);
      child.send({ kind: 'run', event: createBatch(CLUSTER, data, from), timeoutMs: 60_000 });
      await once(child, 'message');
    }
  }
  child.disconnect();
  await once(child, 'exit');
}

/** Of each line of the bundle the file that it comes from, as esbuild says in comments. */
async function readOrigins(bundle: string): Promise<readonly string[]> {
  let origin = '';
  return (await readFile(bundle, 'utf8')).split('\n').map((line) => {
    origin = /^\/\/ ((?:src|node_modules)\/.*)$/.exec(line)?.[1] ?? origin;
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
  return parts;

  function partOf(id: number): string | null {
    const { functionName } = frames.get(id) ?? {};
    if (functionName === '(idle)') return null;
    if (functionName === '(garbage collector)') return GARBAGE;
    for (let node: number | undefined = id; node !== undefined; node = parents.get(node)) {
      const { url = '', lineNumber = 0 } = frames.get(node) ?? {};
      if (!url.endsWith(bundle)) continue;
      return PARTS.find(([, file]) => file.test(origins[lineNumber] ?? ''))?.[0] ?? OTHERS;
    }
    return OTHERS;
  }
}

function print(parts: ReadonlyMap<string, number>): void {
  const total = [...parts.values()].reduce((sum, time) => sum + time, 0);
  const table = new Table({
    head: [`${engine}, ${events} a record`, 'µs a record', '%'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right'],
  });
  const row = (name: string, time: number) => [name, time.toFixed(0), ((time / total) * 100).toFixed(1)];
  table.push(...[...parts].sort(([, one], [, other]) => other - one).map(([name, time]) => row(name, time)));
  table.push(row('together, on the main thread', total));
  process.stdout.write(`${table}\n`);
}
