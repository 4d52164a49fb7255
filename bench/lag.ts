import { setTimeout as wait } from 'node:timers/promises';
import { realClock } from '../local/clock.ts';
import { streamArn } from '../local/deployment.ts';
import { runMapping } from '../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../local/mapping/settings.ts';
import { createMemoryStream } from '../test/simulation/memory-stream.ts';
import { startMeasuredFunction } from '../test/support/measured-function.ts';
import type { Setup } from './measure.ts';
import { type BenchRecord, CLUSTER } from './records.ts';
import { LATENCY, type Lag } from './results.ts';

const SHARDS = 2;
const RECORDS_PER_SECOND = 100;
const TICK_MS = 100;

/** Puts records at a steady rate, lets the mapping deliver them to the handler, and says how late each is durable. */
export async function measureLag(
  records: readonly BenchRecord[],
  seconds: number,
  settings: MappingSettings,
  setup: Setup,
): Promise<Lag> {
  const handler = startMeasuredFunction(setup.memoryMb, setup.environmentOf('lag'));
  const stream = createMemoryStream(SHARDS, realClock);
  const putAt = new Map<string, number>();
  const lags: number[] = [];
  // One environment runs one event at a time.
  let turn: Promise<unknown> = Promise.resolve();
  const mapping = runMapping(
    { ...settings, EventSourceArn: streamArn(CLUSTER) },
    {
      stream,
      clock: realClock,
      mappingId: 'lag',
      functionArn: 'lag',
      invoke: (event) => {
        const done = turn.then(async () => (await handler.run(event, setup.timeoutMs)).response);
        turn = done.catch(() => undefined);
        return done;
      },
      onAcknowledged: (numbers) => {
        for (const number of numbers) lags.push(Date.now() - (putAt.get(number) ?? Number.NaN));
      },
      onDiscarded: (numbers) => {
        throw new Error(`The mapping gave ${numbers.length} records up`);
      },
    },
    new AbortController().signal,
  );
  setup.services.setLatency(LATENCY);
  try {
    const began = Date.now();
    for (let put = 0; put < seconds * RECORDS_PER_SECOND; ) {
      const due = Math.floor(((Date.now() - began) / 1000) * RECORDS_PER_SECOND);
      for (; put < due; put++) {
        const { sequenceNumber } = stream.put((records[put % records.length] as BenchRecord).data, String(put));
        putAt.set(sequenceNumber, Date.now());
      }
      await wait(TICK_MS);
    }
    stream.closeAll();
    await mapping;
  } finally {
    setup.services.setLatency(null);
    handler.stop();
  }
  const sorted = lags.toSorted((one, other) => one - other);
  const quantile = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return {
    recordsPerSecond: RECORDS_PER_SECOND,
    windowSeconds: settings.MaximumBatchingWindowInSeconds,
    medianMs: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}
