import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import type { Config } from './config.ts';
import { createUnwrapDataKey } from './data-keys.ts';
import { type Ports, route } from './pipeline.ts';
import { createArchive } from './sinks/archive.ts';
import { createPublish } from './sinks/bus.ts';
import { createQuarantine } from './sinks/quarantine.ts';
import { answer, type BatchResponse, readRecords } from './source/kinesis.ts';
import { createTelemetry } from './telemetry.ts';
import { createTimeBudget } from './time-budget.ts';

export type App = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<BatchResponse>;

/** Puts the parts together: configuration and clients → ports → pipeline. */
export function createApp(config: Config, logger: Logger, metrics: Metrics): App {
  const s3 = new S3Client(clientOptions(10_000));
  const telemetry = createTelemetry(logger, metrics);
  const ports: Ports = {
    config,
    telemetry,
    unwrapDataKey: createUnwrapDataKey(new KMSClient(clientOptions(3_000)), config, telemetry),
    quarantine: createQuarantine(s3, config, telemetry),
    archive: createArchive(s3, config, telemetry),
    publish: createPublish(new EventBridgeClient(clientOptions(5_000)), config, telemetry),
  };

  return async (event, context) => {
    const records = readRecords(event);
    telemetry.batchReceived(records.length);
    const time = createTimeBudget(() => context.getRemainingTimeInMillis());
    try {
      const checkpoint = await route(records, ports, time);
      telemetry.batchAnswered(records, checkpoint);
      return answer(checkpoint);
    } finally {
      telemetry.batchEnded();
    }
  };
}

/** Without these the SDK waits for ever, and only warns when `requestTimeout` milliseconds have passed. */
function clientOptions(requestTimeout: number) {
  return {
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      // For an answer that begins and never ends.
      socketTimeout: requestTimeout,
    },
  };
}
