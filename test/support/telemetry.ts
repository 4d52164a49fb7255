import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { vi } from 'vitest';
import { poison, StageError } from '../../src/errors.ts';
import { METRICS_NAMESPACE, SERVICE_NAME } from '../../src/metrics.ts';
import { readRecords } from '../../src/source/kinesis.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry.ts';
import { createOrigin } from './activity.ts';
import { createBatch } from './batch.ts';

/** A metric as CloudWatch finds it. */
export interface EmittedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  /** Names of its dimensions, sorted. */
  readonly dimensions: readonly string[];
}

/** A line of the log that is no metric. */
export interface LogLine {
  readonly message: string;
}

/** Calls every function of the telemetry once, and reads what it printed: metrics and log lines. */
export function collectTelemetry(): {
  readonly metrics: readonly EmittedMetric[];
  readonly logLines: readonly LogLine[];
} {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: SERVICE_NAME });
  const telemetry = createTelemetry(new Logger({ logLevel: 'DEBUG', serviceName: SERVICE_NAME }), metrics);
  const origin = createOrigin();
  const calls: { readonly [Name in keyof Telemetry]: () => void } = {
    batchReceived: () => telemetry.batchReceived(1),
    chunkOpened: () => telemetry.chunkOpened([]),
    dataKeyDecrypted: () => telemetry.dataKeyDecrypted(),
    dataKeyReused: () => telemetry.dataKeyReused(),
    archiveObjectWritten: () => telemetry.archiveObjectWritten(),
    archiveConflict: () => telemetry.archiveConflict('key'),
    publishRetried: () => telemetry.publishRetried(1),
    entryRefused: () => telemetry.entryRefused(origin, 'code'),
    recordQuarantined: () => telemetry.recordQuarantined(origin, poison('decode', 'ENVELOPE_INVALID', 'code'), 'key'),
    chunkDurable: () =>
      telemetry.chunkDurable({
        heartbeats: 1,
        dropped: new Map([['a-rule', 1]]),
        archived: new Map([['DDL', 1]]),
        published: new Map([['DDL', 1]]),
        quarantined: new Map([['KEY_REJECTED', 1]]),
      }),
    chunkFailed: () => telemetry.chunkFailed(origin, 1, new StageError('archive', null, 'code')),
    outOfTime: () => telemetry.outOfTime(origin, 1),
    batchAnswered: () => telemetry.batchAnswered(readRecords(createBatch('cluster-A', [Buffer.from('data')])), null),
    batchEnded: () => telemetry.batchEnded(),
  };

  const printed: string[] = [];
  const keep = (text: unknown) => printed.push(...String(text).trimEnd().split('\n')) > 0;
  const writes = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(keep));
  try {
    for (const call of Object.values(calls)) call();
    metrics.publishStoredMetrics();
  } finally {
    for (const write of writes) write.mockRestore();
  }
  const [embedded, logged] = [true, false].map((metric) =>
    printed.filter((line) => line.includes('"_aws"') === metric),
  );
  return { metrics: (embedded ?? []).flatMap(readMetrics), logLines: (logged ?? []).map((line) => JSON.parse(line)) };
}

function readMetrics(line: string): readonly EmittedMetric[] {
  const { CloudWatchMetrics: groups } = JSON.parse(line)._aws;
  return groups.flatMap((group: EmbeddedMetrics) =>
    group.Metrics.map(({ Name: name, Unit: unit }) => ({
      namespace: group.Namespace,
      name,
      unit,
      dimensions: [...(group.Dimensions[0] ?? [])].sort(),
    })),
  );
}

interface EmbeddedMetrics {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
