import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StreamRecord } from '../../src/activity.ts';
import { cutChunks } from '../../src/chunks.ts';
import { layOut, writeLines } from '../../src/sinks/archive-layout.ts';
import { contentOf, createEvent, createOrigin } from '../support/activity.ts';

const CLASSES = ['DDL', 'DML', 'DQL', 'DCL'] as const;
const MAX_BYTES = 4 * 1024 * 1024;
const START = Date.UTC(2026, 2, 1, 12, 59, 50);

/** A shard's records: how many events each has, how long they are, and how much later each arrived. */
const shard = fc.array(
  fc.record({
    events: fc.array(fc.constantFrom(...CLASSES), { maxLength: 4 }),
    bytes: fc.constantFrom(1_000, 100_000, 2_300_000),
    later: fc.nat({ max: 5_000 }),
  }),
  { minLength: 1, maxLength: 40 },
);

type Spec = typeof shard extends fc.Arbitrary<infer T> ? T : never;

function createRecords(specs: Spec) {
  let arrival = START;
  return specs.map(({ events, bytes, later }, position) => {
    arrival += later;
    const sequenceNumber = String(10n ** 55n + BigInt(position));
    const origin = createOrigin({ sequenceNumber, arrivalTime: new Date(arrival).toISOString() });
    const record: StreamRecord = { origin, data: '', delivered: null };
    const lines = writeLines(events.map((name, index) => createEvent({ origin, activity: { class: name, index } })));
    return { record, bytes, error: null, events, lines };
  });
}

/** The objects that the records give when they are delivered in batches of these sizes. */
async function archiveIn(records: ReturnType<typeof createRecords>, sizes: readonly number[]) {
  const objects = new Map<string, string>();
  for (let start = 0, batch = 0; start < records.length; batch++) {
    const size = sizes[batch % sizes.length] ?? 1;
    const delivered = records.slice(start, start + size);
    async function* open() {
      yield* delivered;
    }
    for await (const chunk of cutChunks(open(), MAX_BYTES)) {
      const last = (chunk.at(-1) ?? chunk[0]).record.origin;
      const archived = chunk.map(({ record, lines }) => ({ origin: record.origin, lines }));
      for (const group of layOut(archived, chunk[0].record.origin, last, 'activity'))
        objects.set(group.key, contentOf(group));
    }
    start += size;
  }
  return objects;
}

const idsOf = (objects: ReadonlyMap<string, string>) =>
  [...objects.values()]
    .flatMap((content) => content.trimEnd().split('\n'))
    .map((line) => JSON.parse(line).eventId)
    .sort();

it('the same records in any grouping have the same ids, and the same content under the same key', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(shard, sizes, sizes, async (specs, someSizes, otherSizes) => {
      const records = createRecords(specs);

      const some = await archiveIn(records, someSizes);
      const others = await archiveIn(records, otherSizes);

      expect(idsOf(some)).toEqual(idsOf(others));
      expect(idsOf(some)).toHaveLength(records.flatMap(({ events }) => events).length);
      for (const [key, content] of some) {
        if (others.has(key)) expect(others.get(key)).toBe(content);
      }
    }),
  );
});
