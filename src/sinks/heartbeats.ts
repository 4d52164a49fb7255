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
  const arrivals = [...byInstance]
    .map(
      ([instanceId, records]) =>
        [instanceId, records.map(({ record }) => Date.parse(record.origin.arrivalTime))] as const,
    )
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const describe = (mostApart: number) =>
    arrivals.flatMap(([instanceId, times]) =>
      toStretches(times, mostApart).map(([from, to]) => `${instanceId}=${from}-${to}`),
    );
  let spans = describe(MOST_APART_MS);
  // Rather a gap that is not seen than an instance that is not named.
  for (let apart = 2 * MOST_APART_MS; tooLong(spans) && spans.length > arrivals.length; apart *= 2)
    spans = describe(apart);
  while (tooLong(spans)) spans.pop();
  return spans.join(' ');
}

function tooLong(spans: readonly string[]): boolean {
  return spans.join(' ').length > MOST_CHARACTERS;
}

function toStretches(times: readonly number[], mostApart: number): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  for (const time of times.toSorted((one, other) => one - other)) {
    const last = stretches.at(-1);
    if (last !== undefined && time - last[1] <= mostApart) last[1] = time;
    else stretches.push([time, time]);
  }
  return stretches;
}
