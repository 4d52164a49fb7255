// The built function under the highest load that it sustains, in a process that may take so much memory, with 1 % faults.
import { setTimeout as wait } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import { withProgress } from '../../cli/progress.ts';
import { argument } from '../../cli/usage.ts';
import type { PutRecord } from '../../local/accounts.ts';
import { type Fault, injectFaults, REAL_WAITING } from '../../local/aws/faults.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import { realClock } from '../../local/clock.ts';
import { packageDeployment, streamArn } from '../../local/deployment.ts';
import { runMapping } from '../../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import { createWorkload, type WorkloadRecord } from '../../local/workload.ts';
import { wholeNumber } from '../../src/settings.ts';
import { createDice } from '../simulation/dice.ts';
import { createMemoryStream } from '../simulation/memory-stream.ts';
import { MISHAPS } from '../simulation/mishaps.ts';
import { startMeasuredFunction } from '../support/measured-function.ts';
import { BUCKET, BUS, startWire } from '../support/wire.ts';
import { findLosses } from './accounts.ts';
import { growthPerSecond, type Sample } from './growth.ts';

const CLUSTER = 'cluster-LOAD';
const SHARDS = 2;
const POOL = 400;
const FAULT_RATE = 0.01;
const SAMPLE_MS = 5_000;
/** What live memory may grow by within the second half of a run: the noise of runs of any length is about one megabyte. */
const MOST_GROWTH_MB = 5;

const readNumber = argument(wholeNumber(1, 999_999));

const { seconds, memory, seed } = new Command('npm run test:load --')
  .description('Runs the built function at the highest rate that it sustains, with 1 % faults.')
  .option('--seconds <number>', 'how long', readNumber, 300)
  .option('--memory <megabytes>', 'how much memory the function may take', readNumber, 512)
  .option('--seed <number>', 'what decides the faults', readNumber, 1)
  .parse()
  .opts<{ seconds: number; memory: number; seed: number }>();

const wire = await startWire();
const { deployment } = await packageDeployment([CLUSTER], new AbortController().signal);
const lambda = startMeasuredFunction(memory, {
  ...deployment.environment,
  ...clientEnvironment(wire.endpointUrl, 'function'),
  ARCHIVE_BUCKET: BUCKET,
  EVENT_BUS_NAME: BUS,
});
try {
  await run();
} finally {
  lambda.stop();
  await wire.close();
}

async function run(): Promise<void> {
  const faults = breakWire();
  const pool = await sealPool();
  const stream = createMemoryStream(SHARDS, realClock);
  const settings: MappingSettings = {
    ...(deployment.mappings[0] as MappingSettings),
    EventSourceArn: streamArn(CLUSTER),
    MaximumBatchingWindowInSeconds: 0,
  };
  const [put, putAt, lags]: [PutRecord[], Map<string, number>, number[]] = [[], new Map(), []];
  const samples: Sample[] = [];
  const began = Date.now();
  let [invocations, peakBytes, discarded] = [0, 0, 0];
  // One environment runs one event at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  const mapping = runMapping(
    settings,
    {
      stream,
      clock: realClock,
      mappingId: 'load',
      functionArn: deployment.functionArn,
      invoke: (event) =>
        inTurn(async () => {
          const measured = await lambda.run(event, deployment.timeoutSeconds * 1000);
          invocations++;
          peakBytes = measured.peakBytes;
          return measured.response;
        }),
      onAcknowledged: (numbers) => {
        for (const number of numbers) {
          lags.push(Date.now() - (putAt.get(number) ?? 0));
          putAt.delete(number);
        }
      },
      onDiscarded: (numbers) => {
        discarded += numbers.length;
      },
    },
    new AbortController().signal,
  );

  async function produce(onProgress: (done: number, total: number) => void): Promise<void> {
    // In the first half caches fill and code is compiled; and there nobody collects garbage but V8 itself.
    let nextSample = (seconds * 1000) / 2;
    for (;;) {
      const elapsed = Date.now() - began;
      if (elapsed >= seconds * 1000) break;
      onProgress(Math.round(elapsed / 1000), seconds);
      if (elapsed >= nextSample) {
        const { liveBytes } = await inTurn(lambda.sample);
        samples.push({ at: elapsed, bytes: liveBytes });
        nextSample = elapsed + SAMPLE_MS;
      }
      // Two batches a shard wait at any time: the function never does.
      for (let waiting = putAt.size; waiting < 2 * SHARDS * settings.BatchSize; waiting++) {
        const record = pool[put.length % pool.length] as WorkloadRecord;
        const position = stream.put(record.data, crypto.randomUUID());
        put.push({ ...record, ...position });
        putAt.set(position.sequenceNumber, Date.now());
      }
      await wait(20);
    }
    stream.closeAll();
    wire.failWith(() => false);
    await mapping;
  }

  await Promise.race([withProgress('Under load', produce), mapping.then(() => new Promise(() => undefined))]);
  const took = (Date.now() - began) / 1000;
  const losses = await findLosses(put, deployment.config, wire);
  const growthMb = (growthPerSecond(samples) * (seconds / 2)) / 1024 / 1024;
  const events = put.reduce((sum, { fate }) => sum + (typeof fate === 'string' ? 0 : fate.length), 0);
  const bytes = put.reduce((sum, { data }) => sum + data.length, 0);
  const sorted = lags.sort((one, other) => one - other);
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['records', put.length],
    ['records a second', (put.length / took).toFixed(0)],
    ['events a second', (events / took).toFixed(0)],
    ['MB a second, as they lie in the stream', (bytes / took / 1024 / 1024).toFixed(2)],
    ['lag from put to acknowledgement, ms: median', sorted[Math.floor(sorted.length / 2)] ?? 0],
    ['99th percentile', sorted[Math.floor(sorted.length * 0.99)] ?? 0],
    ['invocations', invocations],
    ['faults', [...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')],
    ['peak memory, MB', Math.round(peakBytes / 1024 / 1024)],
    ['live memory at the end, MB', ((samples.at(-1)?.bytes ?? 0) / 1024 / 1024).toFixed(1)],
    ['growth of live memory in the second half, MB', growthMb.toFixed(2)],
    ['lost, twice or strange', losses.length],
    ['given up by the mapping', discarded],
  );
  process.stdout.write(`${table}\n`);
  const problems = [
    ...losses.slice(0, 10),
    ...(discarded > 0 ? [`the mapping gave ${discarded} records up`] : []),
    ...(growthMb > MOST_GROWTH_MB ? [`memory grew by ${growthMb.toFixed(1)} MB`] : []),
    ...(peakBytes > memory * 1024 * 1024 ? [`the function took more than ${memory} MB`] : []),
    ...(samples.length < 2 ? ['too short to see memory grow'] : []),
    ...(faults.size === 0 ? ['no fault was met'] : []),
  ];
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Breaks one call in a hundred, and one entry; counts by kind. What never answers would only measure the SDK's patience. */
function breakWire(): ReadonlyMap<string, number> {
  const dice = createDice(seed);
  const met = new Map<string, number>();
  const note = (kind: string) => met.set(kind, (met.get(kind) ?? 0) + 1);
  const isFault = (mishap: { readonly kind: string }): mishap is Fault =>
    !['hang', 'stalled answer', 'crash before', 'crash after'].includes(mishap.kind);
  wire.failWith(
    injectFaults(({ service, operation }) => {
      const faults = (MISHAPS[`${service} ${operation}`] ?? []).filter(isFault);
      if (faults.length === 0 || !dice.happens('fault', FAULT_RATE)) return null;
      const fault = dice.pick('kind', faults);
      note(fault.kind);
      return fault;
    }, REAL_WAITING),
  );
  wire.failEntries(() => {
    if (!dice.happens('entry', FAULT_RATE)) return null;
    note('failed entry');
    return 'ThrottlingException';
  });
  return met;
}

async function sealPool(): Promise<readonly WorkloadRecord[]> {
  const [first, second] = [await wire.generateDataKey(CLUSTER), await wire.generateDataKey(CLUSTER)];
  const instance = (engine: 'aurora-postgresql' | 'aurora-mysql', instanceId: string, dataKey = first) => ({
    engine,
    resourceId: CLUSTER,
    instanceId,
    dataKey,
  });
  const instances = [
    instance('aurora-postgresql', 'db-WRITER'),
    instance('aurora-postgresql', 'db-READER', second),
    instance('aurora-postgresql', 'db-WRITER'),
    instance('aurora-mysql', 'db-MYSQL'),
  ];
  return Array.fromAsync(createWorkload(POOL, instances));
}
