import type { Disturbance } from '../../local/mapping/deliver.ts';
import type { EventRecord } from '../../local/mapping/event-records.ts';
import { runMapping } from '../../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import { createMemoryStream, type MemoryStream } from '../simulation/memory-stream.ts';
import { createVirtualTime } from '../simulation/virtual-time.ts';
import { STREAM_ARN } from './activity.ts';

export const START = Date.UTC(2026, 2, 1, 12, 0, 0);

export type Step = readonly [number, (stream: NamedStream) => void];

export interface Plan {
  readonly settings?: Partial<MappingSettings>;
  readonly shards?: number;
  /**
   * What happens to the stream, and when, in milliseconds from the start of the mapping; the stream is closed after the
   * last. By default the records a, b, c and d are put at once.
   */
  readonly steps?: readonly Step[];
  /** The function: returns its response, or throws. */
  readonly answer?: (invocation: Invocation) => unknown;
  readonly disturb?: (call: number) => Disturbance | null;
  /** Whether a call of the mapping's own fails; counted from 0 for each. */
  readonly fails?: (own: 'openShard' | 'readNext' | 'writeFailure', call: number) => boolean;
  /** Leaves the stream open, and stops the mapping then. */
  readonly stopAt?: number;
}

export interface Invocation {
  readonly names: readonly string[];
  /** From 0. */
  readonly call: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The response that reports this record. */
  readonly report: (name: string | undefined) => unknown;
}

interface NamedStream extends MemoryStream {
  /** Puts a record for each name, under its name as partition key or under the one given, with so many bytes more. */
  readonly putAll: (names: Iterable<string>, partitionKey?: string, bytes?: number) => void;
}

export function put(names: Iterable<string>, at = 0, partitionKey?: string, bytes?: number): Step {
  return [at, (stream) => stream.putAll(names, partitionKey, bytes)];
}

/** Runs a mapping over a stream, with a function that the test plays; records are named by their data. */
export async function runMapped({ settings, shards = 1, steps = [put('abcd')], answer, disturb, fails, stopAt }: Plan) {
  const time = createVirtualTime(START);
  const stream = createMemoryStream(shards, time.clock);
  const names = new Map<string, string>();
  const named: NamedStream = {
    ...stream,
    putAll(all, partitionKey, bytes = 0) {
      for (const name of all) {
        const data = Buffer.concat([Buffer.from(`${name}\n`), Buffer.alloc(bytes)]);
        names.set(stream.put(data, partitionKey ?? name).sequenceNumber, name);
      }
    },
  };
  for (const [at, act] of steps) {
    if (at < 0) act(named);
    else time.timers.setTimeout(() => act(named), at);
  }
  const stop = new AbortController();
  if (stopAt === undefined) time.timers.setTimeout(stream.closeAll, (steps.at(-1)?.[0] ?? 0) + 1);
  else time.timers.setTimeout(() => stop.abort(), stopAt);
  const nameAll = (numbers: readonly string[]) => numbers.map((number) => names.get(number) ?? number);

  const deliveries: { at: number; shardId: string; names: readonly string[]; records: readonly EventRecord[] }[] = [];
  const failures: ReturnType<typeof JSON.parse>[] = [];
  const [acknowledged, discarded]: [string[], string[]] = [[], []];
  const invoked: Promise<unknown>[] = [];
  async function invoke(event: unknown): Promise<unknown> {
    const { Records: records } = event as { Records: readonly EventRecord[] };
    const delivered = nameAll(records.map(({ kinesis }) => kinesis.sequenceNumber));
    const shardId = String(records[0]?.eventID.split(':')[0]);
    deliveries.push({ at: time.clock.now() - START, shardId, names: delivered, records });
    return answer?.({
      names: delivered,
      call: deliveries.length - 1,
      sleep: (milliseconds) => time.clock.sleep(milliseconds, new AbortController().signal),
      report: (reported) => ({
        batchItemFailures: [{ itemIdentifier: [...names].find(([, name]) => name === reported)?.[0] }],
      }),
    });
  }

  const ownCalls = { openShard: 0, readNext: 0, writeFailure: 0 };
  function failOwn(own: keyof typeof ownCalls): void {
    if (fails?.(own, ownCalls[own]++)) throw new Error(`${own} failed`);
  }
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
      stream: {
        ...stream,
        async openShard(shardId, position) {
          failOwn('openShard');
          const readNext = await stream.openShard(shardId, position);
          return async (most) => {
            failOwn('readNext');
            return readNext(most);
          };
        },
      },
      clock: time.clock,
      mappingId: '11111111-2222-3333-4444-555555555555',
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:das-router',
      invoke: (event) => {
        const call = invoke(event);
        invoked.push(call);
        return call;
      },
      disturb: () => disturb?.(calls++) ?? null,
      writeFailure: async ({ key, body }) => {
        failOwn('writeFailure');
        const { payload, ...others } = JSON.parse(body);
        failures.push({ key, ...others, records: JSON.parse(payload).Records });
      },
      onAcknowledged: (numbers) => acknowledged.push(...nameAll(numbers)),
      onDiscarded: (numbers) => discarded.push(...nameAll(numbers)),
    },
    stop.signal,
  );
  await time.run(mapping);
  await time.run(Promise.allSettled(invoked));
  return { deliveries, batches: deliveries.map((of) => of.names.join('')), failures, acknowledged, discarded };
}
