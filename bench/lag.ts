import { setTimeout as wait } from 'node:timers/promises';
import { realClock } from '../local/clock.ts';
import { streamArn } from '../local/deployment.ts';
import { runMapping } from '../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../local/mapping/settings.ts';
import { createMemoryStream } from '../test/simulation/memory-stream.ts';
import { type MeasuredFunction, startMeasuredFunction } from '../test/support/measured-function.ts';
import type { Setup } from './measure.ts';
import { type BenchRecord, CLUSTER } from './records.ts';
import type { Lag } from './results.ts';

const SHARDS = 2;
const RECORDS_PER_SECOND = 100;
const TICK_MS = 100;

/** Puts records at a steady rate, lets the mapping deliver them to a handler for each shard, and says how late each is durable. */
export async function measureLag(
  records: readonly BenchRecord[],
  seconds: number,
  settings: MappingSettings,
  setup: Setup,
): Promise<Lag> {
  const stream = createMemoryStream(SHARDS, realClock);
  const handlers = new Map<string, MeasuredFunction>(
    stream
      .openShards()
      .map((shardId) => [shardId, startMeasuredFunction(setup.memoryMb, setup.environmentOf(shardId))]),
  );
  const putAt = new Map<string, number>();
  const lags: number[] = [];
  const mapping = runMapping(
    { ...settings, EventSourceArn: streamArn(CLUSTER) },
    {
      stream,
      clock: realClock,
      mappingId: 'lag',
      functionArn: 'lag',
      async invoke(event) {
        const [shardId = ''] = String((event as { Records: { eventID: string }[] }).Records[0]?.eventID).split(':');
        return (await handlers.get(shardId)?.run(event, setup.timeoutMs))?.response;
      },
      onAcknowledged: (numbers) => {
        for (const number of numbers) {
          const put = putAt.get(number);
          if (put !== undefined) lags.push(Date.now() - put);
        }
      },
      onDiscarded: (numbers) => {
        throw new Error(`The mapping gave ${numbers.length} records up`);
      },
    },
    new AbortController().signal,
  );
  setup.services.setLate(true);
  try {
    const began = Date.now();
    for (let put = 0; put < seconds * RECORDS_PER_SECOND; ) {
      const elapsedSeconds = (Date.now() - began) / 1000;
      for (; put < Math.floor(elapsedSeconds * RECORDS_PER_SECOND); put++) {
        const { sequenceNumber } = stream.put((records[put % records.length] as BenchRecord).data, String(put));
        // The end of the stream ends the last window early.
        if (elapsedSeconds < seconds - settings.MaximumBatchingWindowInSeconds) putAt.set(sequenceNumber, Date.now());
      }
      await wait(TICK_MS);
    }
    stream.closeAll();
    await mapping;
  } finally {
    setup.services.setLate(false);
    for (const handler of handlers.values()) handler.stop();
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
