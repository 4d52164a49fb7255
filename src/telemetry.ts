import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Origin, StreamRecord } from './activity.ts';
import type { StageError } from './errors.ts';
import { type DividedMetric, METRICS, type PlainMetric } from './metrics.ts';
import type { OpenedRecord } from './open-record.ts';
import type { ChunkTally } from './tally.ts';

/** Every metric and every log line. Log lines hold facts that the service attests, never content of an event. */
export type Telemetry = ReturnType<typeof createTelemetry>;

export function createTelemetry(logger: Logger, metrics: Metrics) {
  function count(metric: PlainMetric, value = 1): void {
    metrics.addMetric(metric, MetricUnit.Count, value);
  }

  // One value an invocation, not one a record: Powertools writes a line of the log for each hundred values.
  let dataKeysReused = 0;

  // A metric's dimensions are `service` and what is added, so each value needs an entry of its own.
  function countBy(metric: DividedMetric, values: ReadonlyMap<string, number>): void {
    for (const [value, total] of values) {
      metrics.singleMetric().addDimension(METRICS[metric], value).addMetric(metric, MetricUnit.Count, total);
    }
  }

  return {
    batchReceived(records: number): void {
      count('RecordsReceived', records);
    },
    /** The lag is that of the record that arrived first; there is none where nothing is acknowledged. */
    batchAnswered(records: readonly StreamRecord[], checkpoint: Origin | null): void {
      if (records.length === 0 || checkpoint === records[0]?.origin) return;
      const oldest = Math.min(...records.map(({ origin }) => Date.parse(origin.arrivalTime)));
      const lag: PlainMetric = 'ProcessingLag';
      metrics.addMetric(lag, MetricUnit.Milliseconds, Math.max(0, Date.now() - oldest));
    },
    chunkOpened(chunk: readonly OpenedRecord[]): void {
      count(
        'EventsReceived',
        chunk.reduce((sum, { tally, heartbeats }) => sum + tally.events + heartbeats, 0),
      );
    },
    /** However it ended. */
    batchEnded(): void {
      if (dataKeysReused > 0) count('DataKeyCacheHits', dataKeysReused);
      dataKeysReused = 0;
    },
    dataKeyDecrypted(): void {
      count('DataKeyDecryptCalls');
    },
    dataKeyReused(): void {
      dataKeysReused++;
    },
    archiveObjectWritten(): void {
      count('ArchiveObjects');
    },
    archiveConflict(key: string): void {
      count('ArchiveConflicts');
      logger.warn('The archive holds other content under this key: the object is written beside it', { key });
    },
    publishRetried(entries: number): void {
      count('PublishRetries', entries);
    },
    entryRefused(origin: Origin, code: string): void {
      count('EventsRefused');
      logger.error('EventBridge can never accept this entry: it is not published', { ...factsOf(origin), code });
    },
    recordQuarantined(origin: Origin, error: StageError, key: string): void {
      const { stage, reason, code } = error;
      logger.error('The record can never be processed: it is quarantined', {
        ...factsOf(origin),
        stage,
        reason,
        code,
        key,
      });
    },
    chunkDurable(tally: ChunkTally): void {
      count('HeartbeatsReceived', tally.heartbeats);
      countBy('EventsDropped', tally.dropped);
      countBy('EventsArchived', tally.archived);
      countBy('EventsPublished', tally.published);
      countBy('RecordsQuarantined', tally.quarantined);
    },
    /** `records` are all from this origin on: none of them is acknowledged. */
    chunkFailed(origin: Origin, records: number, error: StageError): void {
      count('RecordsFailed', records);
      const { stage, code } = error;
      logger.warn('The chunk is not durable: it is delivered again', { ...factsOf(origin), records, stage, code });
    },
    outOfTime(origin: Origin, records: number): void {
      count('RecordsFailed', records);
      logger.warn('The time is up: the rest of the batch is delivered again', { ...factsOf(origin), records });
    },
  };
}

function factsOf({ resourceId, shardId, sequenceNumber }: Origin) {
  return { resourceId, shardId, sequenceNumber };
}
