// Runs the built function at the highest rate that it sustains, in a process with limited memory, with 1 % faults.
import { setTimeout as wait } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import { withProgress } from '../../cli/progress.ts';
import { argument } from '../../cli/usage.ts';
import { createStack } from '../../infra/stack.ts';
import type { PutRecord } from '../../local/accounts.ts';
import { type Fault, injectFaults, REAL_WAITING } from '../../local/aws/faults.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import { realClock } from '../../local/clock.ts';
import { streamArn } from '../../local/deployment.ts';
import { runMapping } from '../../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import { createWorkload, type WorkloadRecord } from '../../local/workload.ts';
import { readConfig } from '../../src/config.ts';
import { wholeNumber } from '../../src/settings.ts';
import { createDice } from '../simulation/dice.ts';
import { createMemoryStream } from '../simulation/memory-stream.ts';
import { MISHAPS } from '../simulation/mishaps.ts';
import { startMeasuredFunction } from '../support/measured-function.ts';
import { CLUSTER, DEFAULTS, PLACE, REQUIRED, resourcesOf } from '../support/stack.ts';
import { BUCKET, BUS, startWire } from '../support/wire.ts';
import { findLosses } from './accounts.ts';
import { growthPerSecond, type Sample } from './growth.ts';

const SHARDS = 2;
const POOL = 400;
const FAULT_RATE = 0.01;
const TIMEOUT_MS = 60_000;
const MB = 1024 * 1024;
/** What live memory may grow by within the second half of a run: the noise of runs of any length is about one megabyte. */
const MOST_GROWTH_MB = 5;
/** In a shorter run caches still fill and code is still compiled in the second half, so growth is not judged. */
const LEAST_SECONDS_FOR_GROWTH = 60;

const readNumber = argument(wholeNumber(1, 999_999));

const { seconds, memory, seed } = new Command('npm run test:load --')
  .description('Runs the built function at the highest rate that it sustains, with 1 % faults.')
  .option('--seconds <number>', `how long; below ${LEAST_SECONDS_FOR_GROWTH} growth is not judged`, readNumber, 300)
  .option('--memory <megabytes>', 'how much memory the function may take', readNumber, 512)
  .option('--seed <number>', 'what decides the faults', readNumber, 1)
  .parse()
  .opts<{ seconds: number; memory: number; seed: number }>();

/** 30 samples in the second half of a run, at most one per second: each of them waits for the garbage collection. */
const SAMPLE_MS = Math.max(1_000, (seconds * 1_000) / 60);

const wire = await startWire();
const stack = createStack({ ...DEFAULTS, ...REQUIRED }, PLACE);
const [mappingResource] = resourcesOf(stack.resources.Resources, 'AWS::Lambda::EventSourceMapping');
const environment = {
  ...(stack.environment as Readonly<Record<string, string>>),
  ...clientEnvironment(wire.endpointUrl, 'function'),
  ARCHIVE_BUCKET: BUCKET,
  EVENT_BUS_NAME: BUS,
};
const lambda = startMeasuredFunction(memory, environment);
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
    ...(mappingResource?.Properties as unknown as MappingSettings),
    EventSourceArn: streamArn(CLUSTER),
    MaximumBatchingWindowInSeconds: 0,
  };
  const [put, putAt, lags]: [PutRecord[], Map<string, number>, number[]] = [[], new Map(), []];
  const samples: Sample[] = [];
  const began = Date.now();
  const end = began + seconds * 1000;
  let [invocations, peakBytes, discarded] = [0, 0, 0];
  // One environment runs one event at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  /** Keeps two batches per shard waiting, so that the function never waits. */
  function fillStream(): void {
    while (Date.now() < end && putAt.size < 2 * SHARDS * settings.BatchSize) {
      const record = pool[put.length % pool.length] as WorkloadRecord;
      const position = stream.put(record.data, crypto.randomUUID());
      put.push({ ...record, ...position });
      putAt.set(position.sequenceNumber, Date.now());
    }
  }

  async function invoke(event: unknown): Promise<unknown> {
    const measured = await inTurn(() => lambda.run(event, TIMEOUT_MS));
    invocations++;
    peakBytes = measured.peakBytes;
    return measured.response;
  }

  function onAcknowledged(numbers: readonly string[]): void {
    for (const number of numbers) {
      lags.push(Date.now() - (putAt.get(number) ?? 0));
      putAt.delete(number);
    }
    fillStream();
  }

  function onDiscarded({ length }: readonly string[]): void {
    discarded += length;
  }

  fillStream();
  const mapping = runMapping(
    settings,
    { stream, clock: realClock, mappingId: 'load', functionArn: 'load', invoke, onAcknowledged, onDiscarded },
    new AbortController().signal,
  );

  async function produce(onProgress: (done: number, total: number) => void): Promise<void> {
    for (let now = began; now < end; now = Date.now()) {
      onProgress(Math.round((now - began) / 1000), seconds);
      // In the first half caches fill and code is compiled, and only V8 itself collects garbage.
      const isSecondHalf = now - began >= end - now;
      if (isSecondHalf) samples.push({ at: now - began, bytes: (await inTurn(lambda.sample)).liveBytes });
      await wait(SAMPLE_MS);
    }
    stream.closeAll();
    wire.failWith(() => false);
    await mapping;
  }

  await Promise.race([withProgress('Under load', produce), mapping.then(() => new Promise(() => undefined))]);
  const took = (Date.now() - began) / 1000;
  const losses = await findLosses(put, readConfig(environment), wire);
  const isGrowthJudged = seconds >= LEAST_SECONDS_FOR_GROWTH;
  const growthMb = (growthPerSecond(samples) * (seconds / 2)) / MB;
  const events = put.reduce((sum, { fate }) => sum + (typeof fate === 'string' ? 0 : fate.length), 0);
  const bytes = put.reduce((sum, { data }) => sum + data.length, 0);
  const sorted = lags.sort((one, other) => one - other);
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['records', put.length],
    ['records a second', (put.length / took).toFixed(0)],
    ['events a second', (events / took).toFixed(0)],
    ['MB a second, as they lie in the stream', (bytes / took / MB).toFixed(2)],
    ['lag from put to acknowledgement, ms: median', sorted[Math.floor(sorted.length / 2)] ?? 0],
    ['99th percentile', sorted[Math.floor(sorted.length * 0.99)] ?? 0],
    ['invocations', invocations],
    ['faults', [...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')],
    ['peak memory, MB', Math.round(peakBytes / MB)],
    ['live memory at the end, MB', ((samples.at(-1)?.bytes ?? 0) / MB).toFixed(1)],
    ['growth of live memory in the second half, MB', `${growthMb.toFixed(2)}${isGrowthJudged ? '' : ' (not judged)'}`],
    ['lost, twice or strange', losses.length],
    ['given up by the mapping', discarded],
  );
  process.stdout.write(`${table}\n`);
  const problems = [
    ...losses.slice(0, 10),
    discarded > 0 && `the mapping gave ${discarded} records up`,
    isGrowthJudged && growthMb > MOST_GROWTH_MB && `memory grew by ${growthMb.toFixed(1)} MB`,
    peakBytes > memory * MB && `the function took more than ${memory} MB`,
    samples.length < 2 && 'too short to sample memory twice',
    faults.size === 0 && 'no fault was met',
  ].filter((problem) => problem !== false);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Breaks one call of a hundred, and one entry; counts by kind. A call without an answer would measure the SDK's timeouts. */
function breakWire(): ReadonlyMap<string, number> {
  const dice = createDice(seed);
  const met = new Map<string, number>();
  const note = (kind: string) => met.set(kind, (met.get(kind) ?? 0) + 1);
  const isFault = (mishap: { readonly kind: string }): mishap is Fault =>
    !['hang', 'stalled answer', 'crash before', 'crash after'].includes(mishap.kind);
  const chooseFault = (call: string) => {
    const faults = (MISHAPS[call] ?? []).filter(isFault);
    if (faults.length === 0 || !dice.happens('fault', FAULT_RATE)) return null;
    const fault = dice.pick('kind', faults);
    note(fault.kind);
    return fault;
  };
  wire.failWith(injectFaults(({ service, operation }) => chooseFault(`${service} ${operation}`), REAL_WAITING));
  wire.failEntries(() => {
    if (!dice.happens('entry', FAULT_RATE)) return null;
    note('failed entry');
    return 'ThrottlingException';
  });
  return met;
}

async function sealPool(): Promise<readonly WorkloadRecord[]> {
  const resourceId = CLUSTER;
  const [first, second] = [await wire.generateDataKey(resourceId), await wire.generateDataKey(resourceId)];
  const writer = { engine: 'aurora-postgresql', resourceId, instanceId: 'db-WRITER', dataKey: first } as const;
  const reader = { ...writer, instanceId: 'db-READER', dataKey: second };
  const mysql = { ...writer, engine: 'aurora-mysql', instanceId: 'db-MYSQL' } as const;
  return Array.fromAsync(createWorkload(POOL, [writer, reader, writer, mysql]));
}
