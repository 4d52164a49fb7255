import type { Call } from '../local/aws/endpoint.ts';
import { payloadBytes } from '../local/mapping/event-records.ts';
import { createBatch } from '../test/support/batch.ts';
import {
  type Batch,
  type Contender,
  type ContenderName,
  type Surroundings,
  startContender,
} from './contenders/contender.ts';
import { median } from './fit.ts';
import { costOf, type Usage } from './prices.ts';
import { type BenchRecord, CLUSTER, type Shape } from './records.ts';
import { type Calls, type Compared, type GrowthPoint, LATENCY, type ShapeResult } from './results.ts';
import type { Services } from './services.ts';

/** What all measurements need. */
export interface Setup {
  readonly services: Services;
  readonly batchSize: number;
  readonly rounds: number;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Of a contender, which is its caller's name too. */
  readonly environmentOf: (name: string) => Readonly<Record<string, string>>;
  /** How many of these events are published. */
  readonly countPublished: (records: readonly BenchRecord[]) => number;
}

interface Round {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** In the middle of a batch an hour ends. */
const FIRST_POSITION = 250;
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** The naive consumer takes too long for all: what it does for one event it does for the next. */
const NAIVE_EVENTS = 200;
/** Until a process is warm. */
const WARM_RECORDS = 2_000;
const WARM_ROUNDS = 2;
const COMPARED: readonly ContenderName[] = ['handler', 'libraryFloor', 'nativeFloor'];

/** Has the contenders work off the same records, one after another in every round. */
export async function measureShape(
  shape: Shape,
  records: readonly BenchRecord[],
  dataKeys: number,
  setup: Setup,
): Promise<ShapeResult> {
  const events = records.length * shape.eventsPerRecord;
  const batches = cutBatches(records, setup.batchSize);
  const some = cutBatches(records.slice(0, WARM_RECORDS), setup.batchSize);
  const few = cutBatches(records.slice(0, Math.ceil(NAIVE_EVENTS / shape.eventsPerRecord)), setup.batchSize);
  const fewEvents = (few[0]?.records.length ?? 0) * shape.eventsPerRecord;

  const names = COMPARED.map((name) => [name, callerOf(name, shape)] as const);
  const contenders = names.map(([name, caller]) => [name, start(name, caller, setup)] as const);
  const naiveCaller = callerOf('naive', shape);
  const naive = start('naive', naiveCaller, setup);
  try {
    const rounds = new Map<ContenderName, Round[]>(COMPARED.map((name) => [name, []]));
    // The first round compiles and fills caches; the handler's is counted.
    for (const [name, contender] of contenders) await runRound(contender, name === 'handler' ? batches : some);
    const calls = countCalls(setup.services.callsOf(callerOf('handler', shape)), records, dataKeys, setup);
    for (let round = 0; round < setup.rounds; round++) {
      for (const [name, contender] of contenders) rounds.get(name)?.push(await runRound(contender, batches));
    }
    await runRound(naive, few);
    const naiveCalls = tallyCalls(setup.services.callsOf(naiveCaller));
    const naiveRound = await runRound(naive, few);

    setup.services.setLatency(LATENCY);
    const handler = contenders[0]?.[1] as Contender;
    const late: Round[] = [];
    for (let round = 0; round < setup.rounds; round++) late.push(await runRound(handler, batches));
    const naiveLate = await runRound(naive, few);
    setup.services.setLatency(null);

    const cpuOf = (name: ContenderName) => median((rounds.get(name) ?? []).map(({ cpuMs }) => cpuMs));
    const wallOf = (name: ContenderName) => median((rounds.get(name) ?? []).map(({ wallMs }) => wallMs));
    const lateWall = median(late.map(({ wallMs }) => wallMs));
    const lateCpu = median(late.map(({ cpuMs }) => cpuMs));
    const handlerUsage: Usage = {
      kmsCalls: calls.kms,
      s3Puts: calls.s3,
      busEvents: calls.entries,
      invocations: batches.length,
      wallSeconds: lateWall / 1000,
      cpuSeconds: lateCpu / 1000,
    };
    const naiveUsage: Usage = {
      kmsCalls: naiveCalls.kms,
      s3Puts: naiveCalls.s3,
      busEvents: 0,
      invocations: few.length,
      wallSeconds: naiveLate.wallMs / 1000,
      cpuSeconds: naiveLate.cpuMs / 1000,
    };
    return {
      ...shape,
      events,
      recordBytes: Math.round(records.reduce((sum, { data }) => sum + data.length, 0) / records.length),
      cpu: compare((name) => (cpuOf(name) * 1000) / events, (naiveRound.cpuMs * 1000) / fewEvents),
      eventsPerSecond: compare((name) => (events * 1000) / wallOf(name), (fewEvents * 1000) / naiveRound.wallMs),
      eventsPerSecondWithLatency: { handler: (events * 1000) / lateWall, naive: (fewEvents * 1000) / naiveLate.wallMs },
      calls,
      naiveCalls,
      dollars: {
        handler: costOf(scale(handlerUsage, 1e6 / events), setup.memoryMb),
        naive: costOf(scale(naiveUsage, 1e6 / fewEvents), setup.memoryMb),
      },
      peakBytes: await measurePeak(shape, records, setup),
    };
  } finally {
    for (const [, contender] of contenders) contender.stop();
    naive.stop();
  }
}

/** Has a handler for each count work off so many records: the calls are those of a fresh one, the time that of a warm one. */
export async function measureGrowth(
  records: readonly BenchRecord[],
  counts: readonly number[],
  setup: Setup,
): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  const warm = cutBatches(records.slice(0, WARM_RECORDS), setup.batchSize);
  for (const count of counts) {
    const caller = `growth-${count}`;
    const handler = start('handler', caller, setup);
    try {
      const batches = cutBatches(records.slice(0, count), setup.batchSize);
      await runRound(handler, batches);
      const { kms, s3, events } = tallyCalls(setup.services.callsOf(caller));
      for (let round = 0; round < WARM_ROUNDS; round++) await runRound(handler, warm);
      const cpuMs: number[] = [];
      for (let round = 0; round < setup.rounds; round++) cpuMs.push((await runRound(handler, batches)).cpuMs);
      points.push({ records: count, cpuMs: median(cpuMs), kms, s3, events });
    } finally {
      handler.stop();
    }
  }
  return points;
}

/** The peak of a fresh process that works off the largest batch that Lambda delivers, twice. */
async function measurePeak(shape: Shape, records: readonly BenchRecord[], setup: Setup): Promise<number> {
  const { Records: delivered } = createBatch(CLUSTER, [records[0]?.data ?? Buffer.alloc(0)]);
  const overhead = payloadBytes(delivered[0] as (typeof delivered)[number]) - (delivered[0]?.kinesis.data.length ?? 0);
  const batch: BenchRecord[] = [];
  let bytes = 0;
  for (let at = 0; ; at = (at + 1) % records.length) {
    const record = records[at] as BenchRecord;
    bytes += overhead + 4 * Math.ceil(record.data.length / 3);
    if (bytes > MAX_PAYLOAD_BYTES) break;
    batch.push(record);
  }
  const handler = start('handler', callerOf('peak', shape), setup);
  try {
    await handler.run({ records: batch, from: FIRST_POSITION });
    return (await handler.run({ records: batch, from: FIRST_POSITION })).peakBytes;
  } finally {
    handler.stop();
  }
}

function start(name: ContenderName, caller: string, { memoryMb, timeoutMs, environmentOf }: Setup): Contender {
  const surroundings: Surroundings = { memoryMb, timeoutMs, environment: environmentOf(caller) };
  return startContender(name, surroundings);
}

function callerOf(name: string, { engine, eventsPerRecord }: Shape): string {
  return `${name}-${engine}-${eventsPerRecord}`;
}

function cutBatches(records: readonly BenchRecord[], size: number): readonly Batch[] {
  const count = Math.ceil(records.length / size);
  return Array.from({ length: count }, (_, at) => ({
    records: records.slice(at * size, (at + 1) * size),
    from: FIRST_POSITION + at * size,
  }));
}

async function runRound(contender: Contender, batches: readonly Batch[]): Promise<Round> {
  let [cpuMs, wallMs] = [0, 0];
  for (const batch of batches) {
    const measured = await contender.run(batch);
    const failures = (measured.response as { batchItemFailures?: readonly unknown[] } | undefined)?.batchItemFailures;
    if (failures !== undefined && failures.length > 0) throw new Error('A batch was not acknowledged');
    cpuMs += measured.cpuMs;
    wallMs += measured.wallMs;
  }
  return { cpuMs, wallMs };
}

function tallyCalls(calls: readonly Call[]) {
  const count = (service: string) => calls.filter((call) => call.service === service).length;
  return { kms: count('kms'), s3: count('s3'), events: count('events') };
}

function countCalls(calls: readonly Call[], records: readonly BenchRecord[], dataKeys: number, setup: Setup): Calls {
  const classes = new Set(records.flatMap((record) => record.classes)).size;
  // The names of a chunk's objects are alike but for class and hour.
  const objects = calls.flatMap(({ path }) => {
    const [, hour, chunk] = /hour=(\d+)\/([^/]+)$/.exec(path) ?? [];
    return hour === undefined ? [] : [{ hour, chunk }];
  });
  const chunks = Map.groupBy(objects, ({ chunk }) => chunk);
  const hours = [...chunks.values()].map((of) => new Set(of.map(({ hour }) => hour)).size);
  return {
    ...tallyCalls(calls),
    entries: setup.countPublished(records),
    dataKeys,
    mostObjects: hours.reduce((sum, count) => sum + count * classes, 0),
  };
}

function compare(of: (name: ContenderName) => number, naive: number): Compared<number> {
  return { handler: of('handler'), libraryFloor: of('libraryFloor'), nativeFloor: of('nativeFloor'), naive };
}

function scale(usage: Usage, factor: number): Usage {
  return Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, value * factor])) as unknown as Usage;
}
