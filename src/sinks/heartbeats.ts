import type { OpenedRecord } from '../open-record.ts';

/** S3 takes 2 KB of metadata an object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MOST_CHARACTERS = 1_800;
/** Nothing else of a record's content gets into metadata. */
const INSTANCE = /^db-[A-Za-z0-9]{1,100}$/;

/** What lies further apart is no sign that an instance lived in between: a chunk may hold a backlog of hours. */
const MOST_APART_MS = 60_000;

/**
 * Which instances sent heartbeats in a chunk, and when: `db-…=<ms>-<ms>` for each stretch of records with one, by the arrival of
 * its first and its last, milliseconds since 1970; separated by spaces and ordered by instance and time.
 */
export function describeHeartbeats(
  chunk: readonly Pick<OpenedRecord, 'record' | 'heartbeats' | 'instanceId'>[],
): string {
  const heard = chunk.filter(({ heartbeats, instanceId }) => heartbeats > 0 && INSTANCE.test(instanceId ?? ''));
  const byInstance = Map.groupBy(heard, ({ instanceId }) => instanceId ?? '');
  const spans = [...byInstance.keys()].sort().flatMap((instanceId) => {
    const arrivals = byInstance.get(instanceId)?.map(({ record }) => Date.parse(record.origin.arrivalTime)) ?? [];
    return toStretches(arrivals).map(([from, to]) => `${instanceId}=${from}-${to}`);
  });
  let text = '';
  for (const span of spans) {
    if (text.length + span.length >= MOST_CHARACTERS) break;
    text += text === '' ? span : ` ${span}`;
  }
  return text;
}

function toStretches(times: readonly number[]): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  for (const time of times.toSorted((one, other) => one - other)) {
    const last = stretches.at(-1);
    if (last !== undefined && time - last[1] <= MOST_APART_MS) last[1] = time;
    else stretches.push([time, time]);
  }
  return stretches;
}
