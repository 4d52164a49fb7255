import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Origin } from '../../src/activity.ts';
import { cutChunks } from '../../src/chunks.ts';
import { poison, StageError } from '../../src/errors.ts';
import { createOrigin } from '../support/activity.ts';

const MIB = 1024 * 1024;
const POISON = poison('decrypt', 'DECRYPT_FAILED', 'Undecryptable');
const LATER = new StageError('data-key', null, 'ThrottlingException');

interface Size {
  readonly place?: Partial<Origin>;
  readonly bytes?: number;
  readonly error?: StageError | null;
}

function createSized({ place, bytes = 1, error = null }: Size, position: number) {
  return { record: { origin: createOrigin({ ...place, sequenceNumber: `${position}` }), data: '' }, bytes, error };
}

type Sized = ReturnType<typeof createSized>;

function cut(records: readonly Sized[]): Promise<readonly (readonly Sized[])[]> {
  return Array.fromAsync(cutChunks(ReadableStream.from<Sized>(records), 16 * MIB));
}

const placeOf = ({ record: { origin } }: Sized) => `${origin.streamArn} ${origin.shardId}`;

// Some records are large and some places and errors change, so that each reason to cut occurs.
const records = fc
  .array(
    fc.record({
      times: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(499, 500, 501, 1200)),
      bytes: fc.constantFrom(0, 1, 2000, MIB, 8 * MIB, 16 * MIB - 1, 16 * MIB, 20 * MIB),
      place: fc.constantFrom<Partial<Origin>>({}, { shardId: 'shardId-000000000001' }, { streamArn: 'another' }),
      error: fc.constantFrom(null, null, POISON, LATER),
    }),
    { maxLength: 6 },
  )
  .map((runs) => runs.flatMap(({ times, ...size }) => Array<Size>(times).fill(size)).map(createSized));

it('every record is in one chunk, in its order, which ends where it is full, where a record may succeed later, and where the shard changes', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (batch) => {
      const chunks = await cut(batch);

      expect(chunks.flat()).toEqual(batch);
      let from = 0;
      for (const chunk of chunks) {
        let bytes = 0;
        const ends = chunk.map((sized, index) => {
          bytes += sized.bytes;
          const next = batch[from + index + 1];
          const isFull = index + 1 === 500 || bytes >= 16 * MIB;
          return isFull || sized.error === LATER || next === undefined || placeOf(next) !== placeOf(sized);
        });
        expect(ends.indexOf(true)).toBe(chunk.length - 1);
        from += chunk.length;
      }
    }),
  );
});

it('any batch that starts at a boundary is cut at the same places', async () => {
  const boundariesOf = async (batch: readonly Sized[]) =>
    (await cut(batch)).map(([first]) => Number(first?.record.origin.sequenceNumber));
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), fc.nat(), async (all, start, length) => {
      const boundaries = await boundariesOf(all);
      const from = boundaries[start % boundaries.length] ?? 0;
      const to = from + (length % (all.length - from + 1));

      const again = await boundariesOf(all.slice(from, to));

      expect(again).toEqual(boundaries.filter((boundary) => boundary >= from && boundary < to));
    }),
  );
});

it('a full chunk is returned before any record behind it is read', async () => {
  let read = 0;
  async function* watched() {
    for (; read < 1200; read++) yield createSized({}, read);
  }

  const first = await cutChunks(watched(), 16 * MIB).next();

  expect([first.value?.length, read]).toEqual([500, 499]);
});
