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

/** Calls every function of the telemetry once, and reads what it printed in CloudWatch's embedded metric format. */
export function collectEmittedMetrics(): readonly EmittedMetric[] {
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: SERVICE_NAME });
  const telemetry = createTelemetry(new Logger({ logLevel: 'SILENT', serviceName: SERVICE_NAME }), metrics);
  const origin = createOrigin();
  const calls: { readonly [Name in keyof Telemetry]: () => void } = {
    batchReceived: () => telemetry.batchReceived(1),
    batchAnswered: () => telemetry.batchAnswered(readRecords(createBatch('cluster-A', [Buffer.from('data')])), null),
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
  };

  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  try {
    for (const call of Object.values(calls)) call();
    metrics.publishStoredMetrics();
  } finally {
    write.mockRestore();
  }
  return printed.filter((line) => line.includes('"_aws"')).flatMap(readLine);
}

function readLine(line: string): readonly EmittedMetric[] {
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
