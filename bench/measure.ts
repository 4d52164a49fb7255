import { payloadBytes } from '../local/mapping/event-records.ts';
import { createBatch } from '../test/support/batch.ts';
import {
  type Batch,
  CONTENDER_NAMES,
  type Contender,
  type ContenderName,
  startContender,
} from './contenders/contender.ts';
import { expectCalls } from './expected-calls.ts';
import { median } from './fit.ts';
import { costOf } from './prices.ts';
import { type ArchivedFate, type BenchRecord, CLUSTER } from './records.ts';
import type { Calls, Compared, GrowthPoint, ShapeResult } from './results.ts';
import type { Services } from './services.ts';
import type { MeasuredShape } from './shapes.ts';

/** What all measurements need. */
export interface Setup {
  readonly services: Services;
  readonly batchSize: number;
  readonly rounds: number;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Of a contender, which is its caller's name too. */
  readonly environmentOf: (name: string) => Readonly<Record<string, string>>;
  readonly isPublished: (fate: ArchivedFate) => boolean;
}

interface Round {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** A contender with what it works off in a round. */
interface Entrant {
  readonly contender: Contender;
  readonly warmUp: readonly Batch[];
  readonly batches: readonly Batch[];
  readonly events: number;
  readonly rounds: Round[];
}

/** In the middle of a batch an hour ends. */
const FIRST_POSITION = 250;
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** The naive consumer takes too long for all: so many events warm it up, and so many are measured in a round. */
const NAIVE_WARM_EVENTS = 2_000;
const NAIVE_EVENTS = 100;
/** Until code is compiled. */
const WARM_RECORDS = 2_000;

/** Has the contenders work off the same records, one after another in every round. */
export async function measureShape(
  shape: MeasuredShape,
  records: readonly BenchRecord[],
  setup: Setup,
): Promise<ShapeResult> {
  const { services, rounds, memoryMb } = setup;
  const firstEvents = (events: number) => records.slice(0, Math.ceil(events / shape.eventsPerRecord));
  const caller = (name: string) => `${name}-${shape.engine}-${shape.eventsPerRecord}`;
  const enter = (name: ContenderName): Entrant => {
    const own = name === 'naive' ? firstEvents(NAIVE_EVENTS) : records;
    const first = name === 'naive' ? firstEvents(NAIVE_WARM_EVENTS) : records.slice(0, WARM_RECORDS);
    return {
      contender: start(name, caller(name), setup),
      warmUp: cutBatches(first, setup.batchSize),
      batches: cutBatches(own, setup.batchSize),
      events: own.length * shape.eventsPerRecord,
      rounds: [],
    };
  };
  const entrants = Object.fromEntries(CONTENDER_NAMES.map((name) => [name, enter(name)])) as Compared<Entrant>;
  const { handler, naive } = entrants;
  const { batches } = handler;
  try {
    // What a fresh handler does is counted.
    const received = await services.reading(() => runRound(handler.contender, batches));
    const calls = services.countCalls(caller('handler'));
    for (const { contender, warmUp } of Object.values(entrants)) await runRound(contender, warmUp);
    for (let round = 0; round < rounds; round++) {
      for (const entrant of Object.values(entrants)) {
        entrant.rounds.push(await runRound(entrant.contender, entrant.batches));
      }
    }
    const before = services.countCalls(caller('naive'));
    services.setLate(true);
    const late: Record<'handler' | 'naive', Round[]> = { handler: [], naive: [] };
    for (let round = 0; round < rounds; round++) {
      late.handler.push(await runRound(handler.contender, batches));
      late.naive.push(await runRound(naive.contender, naive.batches));
    }
    services.setLate(false);
    const after = services.countCalls(caller('naive'));

    const naiveCalls = scale(subtract(after, before), 1 / (rounds * naive.events));
    const lateMs = { handler: medianOf(late.handler), naive: medianOf(late.naive) };
    const expected = expectCalls(batches, setup.isPublished);
    return {
      ...shape,
      events: handler.events,
      recordBytes: Math.round(records.reduce((sum, { data }) => sum + data.length, 0) / records.length),
      cpu: compare(entrants, ({ rounds: own, events }) => (medianOf(own).cpuMs * 1000) / events),
      eventsPerSecond: compare(entrants, ({ rounds: own, events }) => (events * 1000) / medianOf(own).wallMs),
      eventsPerSecondWithLatency: {
        handler: (handler.events * 1000) / lateMs.handler.wallMs,
        naive: (naive.events * 1000) / lateMs.naive.wallMs,
      },
      calls,
      expected,
      received,
      naiveCalls,
      dollars: {
        handler: costOfMillion(lateMs.handler, handler.events, scale(calls, 1 / handler.events), expected.entries),
        naive: costOfMillion(lateMs.naive, naive.events, naiveCalls, 0),
      },
      peakBytes: await measurePeak(records, caller('peak'), setup),
    };
  } finally {
    for (const { contender } of Object.values(entrants)) contender.stop();
  }

  /** Both consumers are invoked with batches of the same size. */
  function costOfMillion({ wallMs, cpuMs }: Round, events: number, callsPerEvent: Calls, entries: number) {
    const million = 1_000_000;
    return costOf(
      {
        kmsCalls: callsPerEvent.kms * million,
        s3Puts: callsPerEvent.s3 * million,
        busEvents: (entries / events) * million,
        invocations: million / (setup.batchSize * shape.eventsPerRecord),
        wallSeconds: (wallMs / 1000 / events) * million,
        cpuSeconds: (cpuMs / 1000 / events) * million,
      },
      memoryMb,
    );
  }
}

/** Has a handler for each count work off so many records: the calls are those of a fresh one, the time that of a warm one. */
export async function measureGrowth(
  records: readonly BenchRecord[],
  counts: readonly number[],
  setup: Setup,
): Promise<readonly GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  const warmUp = cutBatches(records.slice(0, WARM_RECORDS), setup.batchSize);
  for (const count of counts) {
    const caller = `growth-${count}`;
    const handler = start('handler', caller, setup);
    try {
      const batches = cutBatches(records.slice(0, count), setup.batchSize);
      await runRound(handler, batches);
      const calls = setup.services.countCalls(caller);
      await runRound(handler, warmUp);
      const rounds: Round[] = [];
      for (let round = 0; round < setup.rounds; round++) rounds.push(await runRound(handler, batches));
      const expected = expectCalls(batches, setup.isPublished);
      points.push({ records: count, cpuMs: medianOf(rounds).cpuMs, calls, expected });
    } finally {
      handler.stop();
    }
  }
  return points;
}

/** The highest peak of fresh processes that work off the largest batch that Lambda delivers, twice each. */
async function measurePeak(records: readonly BenchRecord[], caller: string, setup: Setup): Promise<number> {
  const [empty] = createBatch(CLUSTER, [new Uint8Array()]).Records;
  const overhead = empty === undefined ? 0 : payloadBytes(empty);
  const largest: BenchRecord[] = [];
  let bytes = 0;
  for (let at = 0; ; at = (at + 1) % records.length) {
    const record = records[at] as BenchRecord;
    bytes += overhead + 4 * Math.ceil(record.data.length / 3);
    if (bytes > MAX_PAYLOAD_BYTES) break;
    largest.push(record);
  }
  const batch: Batch = { records: largest, from: FIRST_POSITION };
  const peaks: number[] = [];
  for (let process = 0; process < setup.rounds; process++) {
    const handler = start('handler', caller, setup);
    try {
      await handler.run(batch);
      peaks.push((await handler.run(batch)).peakBytes);
    } finally {
      handler.stop();
    }
  }
  return Math.max(...peaks);
}

function start(name: ContenderName, caller: string, { memoryMb, timeoutMs, environmentOf }: Setup): Contender {
  return startContender(name, { memoryMb, timeoutMs, environment: environmentOf(caller) });
}

export function cutBatches(records: readonly BenchRecord[], size: number): readonly Batch[] {
  return Array.from({ length: Math.ceil(records.length / size) }, (_, at) => ({
    records: records.slice(at * size, (at + 1) * size),
    from: FIRST_POSITION + at * size,
  }));
}

export async function runRound(contender: Contender, batches: readonly Batch[]): Promise<Round> {
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

function medianOf(rounds: readonly Round[]): Round {
  return { cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)), wallMs: median(rounds.map(({ wallMs }) => wallMs)) };
}

function compare(entrants: Compared<Entrant>, of: (entrant: Entrant) => number): Compared<number> {
  const values = CONTENDER_NAMES.map((name) => [name, of(entrants[name])] as const);
  return Object.fromEntries(values) as Record<ContenderName, number>;
}

function subtract(more: Calls, less: Calls): Calls {
  return { kms: more.kms - less.kms, s3: more.s3 - less.s3, putEvents: more.putEvents - less.putEvents };
}

function scale({ kms, s3, putEvents }: Calls, factor: number): Calls {
  return { kms: kms * factor, s3: s3 * factor, putEvents: putEvents * factor };
}
