import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { vi } from 'vitest';
import { poison, StageError } from '../../src/errors.ts';
import { METRICS_NAMESPACE, SERVICE_NAME } from '../../src/metrics.ts';
import { readRecords } from '../../src/source/kinesis.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry.ts';
import { createOrigin } from './activity.ts';
import { createBatch } from './batch.ts';

/** Calls every function of the telemetry once, and reads what it printed: metrics as CloudWatch finds them, and log lines. */
export function collectTelemetry() {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: SERVICE_NAME });
  const telemetry = createTelemetry(new Logger({ logLevel: 'DEBUG', serviceName: SERVICE_NAME }), metrics);
  const origin = createOrigin();
  const records = readRecords(createBatch('cluster-A', [Buffer.from('data')]));
  const given: { readonly [Name in keyof Telemetry]: Parameters<Telemetry[Name]> } = {
    batchReceived: [1],
    chunkOpened: [[]],
    dataKeyDecrypted: [],
    dataKeyReused: [],
    archiveObjectWritten: [],
    archiveConflict: ['key'],
    publishRetried: [1],
    entryRefused: [origin, 'code'],
    recordQuarantined: [origin, poison('decode', 'ENVELOPE_INVALID', 'code'), 'key'],
    chunkDurable: [
      {
        heartbeats: 1,
        dropped: new Map([['a-rule', 1]]),
        archived: new Map([['DDL', 1]]),
        published: new Map([['DDL', 1]]),
        quarantined: new Map([['KEY_REJECTED', 1]]),
      },
    ],
    chunkFailed: [origin, 1, new StageError('archive', null, 'code')],
    outOfTime: [origin, 1],
    batchAnswered: [records, null],
    batchEnded: [],
  };

  const printed: string[] = [];
  const keep = (text: unknown) => printed.push(...String(text).trimEnd().split('\n')) > 0;
  const writes = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(keep));
  try {
    for (const [name, parameters] of Object.entries(given)) {
      (telemetry[name as keyof Telemetry] as (...given: readonly unknown[]) => void)(...parameters);
    }
    metrics.publishStoredMetrics();
  } finally {
    for (const write of writes) write.mockRestore();
  }
  const lines = printed.map((line) => JSON.parse(line));
  return {
    metrics: lines.flatMap((line) => line._aws?.CloudWatchMetrics ?? []).flatMap(readMetrics),
    logLines: lines.filter(({ _aws: metric }) => metric === undefined) as readonly { readonly message: string }[],
  };
}

function readMetrics({ Namespace: namespace, Dimensions: [dimensions = []], Metrics: metrics }: EmbeddedMetrics) {
  return metrics.map(({ Name: name, Unit: unit }) => ({ namespace, name, unit, dimensions: dimensions.toSorted() }));
}

interface EmbeddedMetrics {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
