// Runs the built function at the highest rate that it sustains, in a process with limited memory, with 1 % faults.
import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { withProgress } from '../../cli/progress.ts';
import { argument } from '../../cli/usage.ts';
import { compare, eventId, type PutRecord } from '../../local/accounts.ts';
import { type Fault, injectFaults, REAL_WAITING } from '../../local/aws/faults.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import { realClock } from '../../local/clock.ts';
import { readDeployment, streamArn } from '../../local/deployment.ts';
import { runMapping } from '../../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import { createWorkload, type WorkloadRecord } from '../../local/workload.ts';
import { wholeNumber } from '../../src/settings.ts';
import { createDice } from '../simulation/dice.ts';
import { createMemoryStream } from '../simulation/memory-stream.ts';
import { MISHAPS } from '../simulation/mishaps.ts';
import { idOfEvent } from '../simulation/simulate.ts';
import { quarantinedNumber, readArchive } from '../support/batch.ts';
import { startMeasuredFunction } from '../support/measured-function.ts';
import { CLUSTER, createResources } from '../support/stack.ts';
import { BUCKET, BUS, startWire } from '../support/wire.ts';
import { growthPerSecond, type Sample } from './growth.ts';

const SHARDS = 2;
const POOL = 400;
const FAULT_RATE = 0.01;
const TIMEOUT_MS = 60_000;
const MEMORY_MB = 512;
const MB = 1024 * 1024;
/** What live memory may grow by within the second half of a run: the noise of runs of any length is about one megabyte. */
const MOST_GROWTH_MB = 5;
/** In a shorter run caches still fill and code is still compiled in the second half, so growth is not judged. */
const LEAST_SECONDS_FOR_GROWTH = 60;

const readNumber = argument(wholeNumber(1, 999_999));

const { seconds, seed } = new Command('npm run test:load --')
  .option('--seconds <number>', `how long; below ${LEAST_SECONDS_FOR_GROWTH} growth is not judged`, readNumber, 300)
  .option('--seed <number>', 'what decides the faults', readNumber, 1)
  .parse()
  .opts<{ seconds: number; seed: number }>();

/** 30 samples in the second half of a run, at most one per second: each of them waits for the garbage collection. */
const SAMPLE_MS = Math.max(1_000, (seconds * 1_000) / 60);

const wire = await startWire();
const deployment = readDeployment(createResources());
const environment = {
  ...deployment.environment,
  ...clientEnvironment(wire.endpointUrl, 'function'),
  ARCHIVE_BUCKET: BUCKET,
  EVENT_BUS_NAME: BUS,
};
const lambda = startMeasuredFunction(MEMORY_MB, environment);
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
  const end = began + seconds * 1000;
  const discarded: string[] = [];
  let peakBytes = 0;
  // One environment runs one event at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work, work);
    turn = done;
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
    const { response, peakBytes: peak } = await inTurn(() => lambda.run(event, TIMEOUT_MS));
    peakBytes = peak;
    return response;
  }

  function onAcknowledged(numbers: readonly string[]): void {
    for (const number of numbers) {
      lags.push(Date.now() - (putAt.get(number) ?? 0));
      putAt.delete(number);
    }
    fillStream();
  }

  const onDiscarded = (numbers: readonly string[]) => void discarded.push(...numbers);

  fillStream();
  const mapping = runMapping(
    settings,
    { stream, clock: realClock, mappingId: 'load', functionArn: 'load', invoke, onAcknowledged, onDiscarded },
    new AbortController().signal,
  );

  async function produce(onProgress: (done: number, total: number) => void): Promise<void> {
    const sample = async () => samples.push({ at: Date.now() - began, bytes: (await inTurn(lambda.sample)).liveBytes });
    for (let now = began; now < end; now = Date.now()) {
      onProgress(Math.round((now - began) / 1000), seconds);
      // In the first half caches fill and code is compiled, and only V8 itself collects garbage.
      if (now - began >= end - now) await sample();
      await wait(SAMPLE_MS);
    }
    stream.closeAll();
    wire.failWith(() => false);
    await mapping;
    // The second sample at the latest, however slow the invocations are.
    await sample();
  }

  await Promise.race([withProgress('Under load', produce), mapping.then(() => new Promise(() => undefined))]);
  const rate = put.length / ((Date.now() - began) / 1000);
  const losses = await findLosses(put);
  const isGrowthJudged = seconds >= LEAST_SECONDS_FOR_GROWTH;
  const growthMb = (growthPerSecond(samples) * (seconds / 2)) / MB;
  const sorted = lags.toSorted((one, other) => one - other);
  const lagAt = (share: number) => `${sorted[Math.floor(sorted.length * share)] ?? 0} ms`;
  const report = [
    `${put.length} records, ${rate.toFixed(0)} per second`,
    `lag from put to acknowledgement: median ${lagAt(0.5)}, 99th percentile ${lagAt(0.99)}`,
    `faults: ${[...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    `peak memory: ${Math.round(peakBytes / MB)} MB`,
    `growth of live memory in the second half: ${growthMb.toFixed(2)} MB${isGrowthJudged ? '' : ' (not judged)'}`,
  ];
  const problems = [
    ...losses.slice(0, 10),
    discarded.length > 0 && `the mapping gave ${discarded.length} records up`,
    isGrowthJudged && growthMb > MOST_GROWTH_MB && `memory grew by ${growthMb.toFixed(1)} MB`,
    peakBytes > MEMORY_MB * MB && `the function took more than ${MEMORY_MB} MB`,
    samples.length < 2 && 'too short to sample memory twice',
    faults.size === 0 && 'no fault was met',
  ].filter((problem) => problem !== false);
  process.stdout.write(`${[...report, ...problems].join('\n')}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

/** Breaks one call of a hundred, and one entry; counts by kind. A call without an answer would measure the SDK's timeouts. */
function breakWire(): ReadonlyMap<string, number> {
  const dice = createDice(seed);
  const met = new Map<string, number>();
  const note = (kind: string) => met.set(kind, (met.get(kind) ?? 0) + 1);
  const isFault = (mishap: { readonly kind: string }): mishap is Fault =>
    !['hang', 'stalled answer', 'crash before', 'crash after'].includes(mishap.kind);
  wire.failWith(
    injectFaults(({ service, operation }) => {
      const faults = (MISHAPS[`${service} ${operation}`] ?? []).filter(isFault);
      const fault = faults.length > 0 && dice.happens('fault', FAULT_RATE) ? dice.pick('kind', faults) : null;
      if (fault !== null) note(fault.kind);
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
  const resourceId = CLUSTER;
  const [first, second] = [await wire.generateDataKey(resourceId), await wire.generateDataKey(resourceId)];
  const writer = { engine: 'aurora-postgresql', resourceId, instanceId: 'db-WRITER', dataKey: first } as const;
  const reader = { ...writer, instanceId: 'db-READER', dataKey: second };
  const mysql = { ...writer, engine: 'aurora-mysql', instanceId: 'db-MYSQL' } as const;
  return Array.fromAsync(createWorkload(POOL, [writer, reader, writer, mysql]));
}

/** Compares what came out with what was put in, by sets of ids. Returns every difference. */
async function findLosses(put: readonly PutRecord[]): Promise<readonly string[]> {
  const { publishClasses } = deployment.config;
  const events = put.flatMap((record) =>
    typeof record.fate === 'string' ? [] : record.fate.map((fate, index) => ({ id: eventId(record, index), ...fate })),
  );
  const archived = events.filter((event) => event.kind === 'archived');
  const poison = put.filter(({ fate }) => typeof fate === 'string').map(({ sequenceNumber }) => sequenceNumber);
  const eligible = archived.filter((event) => publishClasses.has(event.class) && !event.auxiliary);
  const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);
  const archivedIds = (await readArchive(wire)).map((line) => line.eventId);
  return [
    ...compare('the archive', idsOf(archived), archivedIds),
    ...compare('the quarantine', poison, (await wire.listKeys('quarantine/')).map(quarantinedNumber)),
    // The bus may get an event more than once.
    ...compare('the bus', [...idsOf(eligible), ...poison], [...new Set(wire.events.map(idOfEvent))]),
  ];
}
