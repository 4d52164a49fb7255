import type { Disturbance } from '../../local/mapping/deliver.ts';
import type { EventRecord } from '../../local/mapping/event-records.ts';
import type { FailureObject } from '../../local/mapping/failure-object.ts';
import { runMapping } from '../../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import type { Stream } from '../../local/mapping/stream.ts';
import { createMemoryStream, type MemoryStream } from '../simulation/memory-stream.ts';
import { createVirtualTime } from '../simulation/virtual-time.ts';

export const START = Date.UTC(2026, 2, 1, 12, 0, 0);
const STREAM_ARN = 'arn:aws:kinesis:eu-west-1:000000000000:stream/aws-rds-das-cluster-A';

/** An invocation as the function saw it: the records are named by their data. */
export interface Delivery {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly shardId: string;
  readonly names: readonly string[];
  readonly records: readonly EventRecord[];
}

export interface Mapped {
  readonly deliveries: readonly Delivery[];
  readonly failures: readonly FailureObject[];
  /** Names of records. */
  readonly acknowledged: readonly string[];
  readonly discarded: readonly string[];
}

export interface Plan {
  readonly settings?: Partial<MappingSettings>;
  readonly shards?: number;
  /** What happens to the stream, and when, in milliseconds; it is closed after the last. */
  readonly steps: readonly (readonly [number, (stream: Putting) => void])[];
  /** What the customer's function answers, or throws; `sleep` lets it take its time. */
  readonly answer?: (invocation: Invocation) => unknown;
  readonly disturb?: (call: number) => Disturbance | null;
  /** Whether a call of the mapping's own fails; counted from 0 for each. */
  readonly fails?: (own: 'openShard' | 'readNext' | 'writeFailure', call: number) => boolean;
  /** Leaves the stream open, and stops the mapping then. */
  readonly stopAt?: number;
}

export interface Invocation {
  readonly names: readonly string[];
  /** Counted from 0. */
  readonly call: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The answer that reports these records. */
  readonly report: (...names: readonly string[]) => unknown;
}

export interface Putting extends MemoryStream {
  /** Puts records of these names, each under its name as partition key or under the one given. */
  readonly putAll: (names: readonly string[], partitionKey?: string, bytes?: number) => void;
}

/** Runs a mapping over a stream, with a function that the test plays. */
export async function runMapped({
  settings,
  shards = 1,
  steps,
  answer,
  disturb,
  fails,
  stopAt,
}: Plan): Promise<Mapped> {
  const time = createVirtualTime(START);
  const stream = createMemoryStream(shards, time.clock);
  const names = new Map<string, string>();
  const putting: Putting = {
    ...stream,
    putAll: (all, partitionKey, bytes = 0) => {
      for (const name of all) {
        const data = Buffer.concat([Buffer.from(`${name}\n`), Buffer.alloc(bytes)]);
        names.set(stream.put(data, partitionKey ?? name).sequenceNumber, name);
      }
    },
  };
  for (const [at, act] of steps) time.timers.setTimeout(() => act(putting), at);
  if (stopAt === undefined) time.timers.setTimeout(stream.closeAll, (steps.at(-1)?.[0] ?? 0) + 1);
  const stop = new AbortController();
  if (stopAt !== undefined) time.timers.setTimeout(() => stop.abort(), stopAt);
  const [deliveries, failures]: [Delivery[], FailureObject[]] = [[], []];
  const [acknowledged, discarded]: [string[], string[]] = [[], []];
  const nameAll = (numbers: readonly string[]) => numbers.map((number) => names.get(number) ?? number);
  const sleep = (ms: number) => time.clock.sleep(ms, new AbortController().signal);
  const invoked = new Set<Promise<unknown>>();

  async function invoke(event: unknown): Promise<unknown> {
    const { Records: records } = event as { Records: readonly EventRecord[] };
    const delivery = {
      records,
      at: time.clock.now() - START,
      shardId: String(records[0]?.eventID.split(':')[0]),
      names: nameAll(records.map(({ kinesis }) => kinesis.sequenceNumber)),
    };
    deliveries.push(delivery);
    const report = (...reported: readonly string[]) => ({
      batchItemFailures: reported.map((name) => ({
        itemIdentifier: [...names].find(([, candidate]) => candidate === name)?.[0],
      })),
    });
    return answer?.({ names: delivery.names, call: deliveries.length - 1, sleep, report });
  }

  const ownCalls = { openShard: 0, readNext: 0, writeFailure: 0 };
  function failOwn(own: keyof typeof ownCalls): void {
    if (fails?.(own, ownCalls[own]++)) throw new Error(`${own} failed`);
  }
  const failing: Stream = {
    ...stream,
    async openShard(shardId, position) {
      failOwn('openShard');
      const readNext = await stream.openShard(shardId, position);
      return async (most) => {
        failOwn('readNext');
        return readNext(most);
      };
    },
  };

  let calls = 0;
  const mapping = runMapping(
    {
      EventSourceArn: STREAM_ARN,
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      BisectBatchOnFunctionError: false,
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...settings,
    },
    {
      stream: failing,
      clock: time.clock,
      mappingId: '11111111-2222-3333-4444-555555555555',
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:das-router',
      invoke: (event) => {
        const call = invoke(event);
        invoked.add(call);
        return call;
      },
      disturb: () => disturb?.(calls++) ?? null,
      writeFailure: async (failure) => {
        failOwn('writeFailure');
        failures.push(failure);
      },
      onAcknowledged: (numbers) => acknowledged.push(...nameAll(numbers)),
      onDiscarded: (numbers) => discarded.push(...nameAll(numbers)),
    },
    stop.signal,
  );
  await time.run(mapping);
  await time.run(Promise.allSettled(invoked));
  return { deliveries, failures, acknowledged, discarded };
}
