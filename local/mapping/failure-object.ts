import { randomUUID } from 'node:crypto';
import type { EventRecord } from './event-records.ts';

/** Why Lambda gives a batch up. */
export type FailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** What Lambda writes to an S3 destination for a batch that it gives up. */
export interface FailureObject {
  readonly key: string;
  /** JSON text. */
  readonly body: string;
}

interface GivenUp {
  readonly records: readonly [EventRecord, ...EventRecord[]];
  readonly condition: FailureCondition;
  readonly invocations: number;
  /** Whether the function failed, rather than report a record. */
  readonly functionError: boolean;
}

interface Source {
  readonly streamArn: string;
  readonly shardId: string;
  readonly mappingId: string;
  readonly functionArn: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export function createFailureObject(
  { records, condition, invocations, functionError }: GivenUp,
  { streamArn, shardId, mappingId, functionArn }: Source,
  now: number,
): FailureObject {
  const [first] = records;
  const last = records.at(-1) ?? first;
  const timestamp = new Date(now).toISOString();
  const [day, time] = [timestamp.slice(0, 10), timestamp.slice(11, 19).replaceAll(':', '.')];
  const body = {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount: invocations },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      ...(functionError ? { functionError: 'Unhandled' } : {}),
    },
    version: '1.0',
    timestamp,
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: first.kinesis.sequenceNumber,
      endSequenceNumber: last.kinesis.sequenceNumber,
      approximateArrivalOfFirstRecord: arrivalOf(first),
      approximateArrivalOfLastRecord: arrivalOf(last),
      batchSize: records.length,
      streamArn,
    },
    payload: JSON.stringify({ Records: records }),
  };
  return {
    key: `aws/lambda/${mappingId}/${shardId}/${day.replaceAll('-', '/')}/${day}T${time}-${randomUUID()}`,
    body: JSON.stringify(body),
  };
}

function arrivalOf({ kinesis }: EventRecord): string {
  return new Date(kinesis.approximateArrivalTimestamp * 1000).toISOString();
}
