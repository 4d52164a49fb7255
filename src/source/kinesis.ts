import type { Origin, StreamRecord } from '../activity.ts';

/** What the handler answers: Lambda takes the record named as the checkpoint and delivers from there again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What RDS calls a cluster or an instance. */
export const RESOURCE_ID = /^(?:cluster|db)-[A-Za-z0-9_-]{1,100}$/;

const STREAM_ARN = /^arn:[a-z-]+:kinesis:[a-z0-9-]+:\d{12}:stream\/aws-rds-das-(.*)$/;
const EVENT_ID = /^(shardId-\d{12}):/;
const SEQUENCE_NUMBER = /^\d{1,56}$/;

/**
 * Reads the records out of the event that Lambda's event source mapping delivers.
 *
 * Throws, so that the whole batch is delivered again, where the event is not one of a Database Activity Stream: that
 * is a mapping set up wrongly, never the fault of a record.
 */
export function readRecords(event: unknown): readonly StreamRecord[] {
  const { Records: records } = (event ?? {}) as { Records?: unknown };
  if (!Array.isArray(records))
    throw new Error('The event has no list `Records`: expected an event of a Kinesis stream');
  return records.map((delivered: unknown, position) => {
    const { eventID, eventSourceARN, kinesis } = (delivered ?? {}) as Record<string, unknown>;
    const { data, sequenceNumber, approximateArrivalTimestamp } = (kinesis ?? {}) as Record<string, unknown>;
    const invalid = (field: string, expected: string) =>
      new Error(
        `Records[${position}].${field} is not ${expected}: is the mapping's source a Database Activity Stream?`,
      );
    const shardId = EVENT_ID.exec(String(eventID))?.[1];
    if (shardId === undefined) throw invalid('eventID', '`shardId-…:…`');
    const resourceId = readResourceId(String(eventSourceARN));
    if (resourceId === null) throw invalid('eventSourceARN', 'a stream named `aws-rds-das-cluster-…` or `-db-…`');
    if (typeof sequenceNumber !== 'string' || !SEQUENCE_NUMBER.test(sequenceNumber)) {
      throw invalid('kinesis.sequenceNumber', 'a sequence number');
    }
    const arrivalTime = readArrivalTime(approximateArrivalTimestamp);
    if (arrivalTime === null) throw invalid('kinesis.approximateArrivalTimestamp', 'a time in seconds');
    if (typeof data !== 'string') throw invalid('kinesis.data', 'a string');
    const origin: Origin = { streamArn: String(eventSourceARN), resourceId, shardId, sequenceNumber, arrivalTime };
    return { origin, data, delivered };
  });
}

/** The id of the cluster or instance that a Database Activity Stream belongs to, out of the stream's name; else null. */
export function readResourceId(streamArn: string): string | null {
  const [, id = ''] = STREAM_ARN.exec(streamArn) ?? [];
  return RESOURCE_ID.test(id) ? id : null;
}

// Lambda gives seconds with a fraction; recorded events are found with milliseconds, which as seconds would lie beyond
// the year 5000.
function readArrivalTime(timestamp: unknown): string | null {
  if (typeof timestamp !== 'number' || !(timestamp >= 0 && timestamp < 1e14)) return null;
  return new Date(timestamp < 1e11 ? Math.round(timestamp * 1000) : timestamp).toISOString();
}

/** Names the first record that is not durable, or nothing when all are. */
export function answer(checkpoint: Origin | null): BatchResponse {
  return { batchItemFailures: checkpoint === null ? [] : [{ itemIdentifier: checkpoint.sequenceNumber }] };
}
