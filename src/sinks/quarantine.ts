import type { S3Client } from '@aws-sdk/client-s3';
import type { StreamRecord } from '../activity.ts';
import type { Config } from '../config.ts';
import { type PoisonError, toStageError } from '../errors.ts';
import type { Telemetry } from '../telemetry.ts';
import { createCreateObject } from './create-object.ts';
import { eachInParallel } from './each-in-parallel.ts';

/** A record that can never be processed, and why. */
export interface PoisonRecord {
  readonly record: StreamRecord;
  readonly error: PoisonError;
}

/** Keeps poison records as they were delivered, still encrypted. Throws a retryable `StageError`. */
export type Quarantine = (records: readonly PoisonRecord[], signal: AbortSignal) => Promise<void>;

export function createQuarantine(s3: S3Client, config: Config, telemetry: Telemetry): Quarantine {
  const createObject = createCreateObject(s3, config.archiveBucket);
  return async (records, signal) => {
    try {
      await eachInParallel(records, async ({ record, error }) => {
        const key = quarantineKey(record, error, config.quarantinePrefix);
        const body = JSON.stringify({ reason: error.reason, stage: error.stage, record: record.delivered });
        // A key that exists holds this record from an earlier delivery.
        await createObject({ key, body, contentType: 'application/json' }, signal);
        telemetry.recordQuarantined(record.origin, error, key);
      });
    } catch (cause) {
      throw toStageError('quarantine', cause);
    }
  };
}

/** The key of a record's quarantine object. */
export function quarantineKey({ origin }: StreamRecord, { reason }: PoisonError, prefix: string): string {
  const { resourceId, shardId, sequenceNumber, arrivalTime } = origin;
  const day = arrivalTime.slice(0, 10);
  return `${prefix}/reason=${reason}/source=${resourceId}/dt=${day}/${shardId}-${sequenceNumber}.json`;
}
