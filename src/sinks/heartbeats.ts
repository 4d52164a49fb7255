import type { OpenedRecord } from '../open-record.ts';

/** S3 takes 2 KB of metadata an object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MOST_CHARACTERS = 1_800;
/** Nothing else of a record's content gets into metadata. */
const INSTANCE = /^db-[A-Za-z0-9]{1,100}$/;

/**
 * Which instances sent heartbeats in a chunk, and when the first and the last record with one arrived: `db-…=<ms>-<ms>`,
 * milliseconds since 1970, separated by spaces and ordered by instance.
 */
export function describeHeartbeats(
  chunk: readonly Pick<OpenedRecord, 'record' | 'heartbeats' | 'instanceId'>[],
): string {
  const heard = chunk.filter(({ heartbeats, instanceId }) => heartbeats > 0 && INSTANCE.test(instanceId ?? ''));
  const spans = [...Map.groupBy(heard, ({ instanceId }) => instanceId)].map(([instanceId, records]) => {
    const arrivals = records.map(({ record }) => Date.parse(record.origin.arrivalTime));
    return `${instanceId}=${Math.min(...arrivals)}-${Math.max(...arrivals)}`;
  });
  let text = '';
  for (const span of spans.sort()) {
    if (text.length + span.length >= MOST_CHARACTERS) break;
    text += text === '' ? span : ` ${span}`;
  }
  return text;
}
