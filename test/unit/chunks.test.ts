import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutChunks } from '../../src/chunks.ts';
import { poison, StageError } from '../../src/errors.ts';
import { createOrigin } from '../support/activity.ts';

const MIB = 1024 * 1024;
const POISON = poison('decrypt', 'DECRYPT_FAILED', 'Undecryptable');
const LATER = new StageError('data-key', null, 'ThrottlingException');

interface Size {
  readonly shard?: number;
  readonly bytes?: number;
  readonly streamArn?: string;
  readonly error?: StageError | null;
}

function createSized({ shard = 0, bytes = 1, streamArn, error = null }: Size, position: number) {
  const shardId = `shardId-${String(shard).padStart(12, '0')}`;
  const overrides = { shardId, sequenceNumber: String(position), ...(streamArn && { streamArn }) };
  return { record: { origin: createOrigin(overrides), data: '', delivered: null }, bytes, error };
}

type Sized = ReturnType<typeof createSized>;

function cut(records: readonly Sized[]): Promise<readonly (readonly Sized[])[]> {
  return Array.fromAsync(cutChunks(ReadableStream.from<Sized>(records), 16 * MIB));
}

function repeat(times: number, size: Size = {}): readonly Size[] {
  return Array<Size>(times).fill(size);
}

it.each<[string, readonly Size[], readonly number[]]>([
  ['no records, no chunk', [], []],
  ['500 records', repeat(500), [500]],
  ['1,200 records', repeat(1200), [500, 500, 200]],
  ['16 MiB', repeat(16, { bytes: MIB }), [16]],
  ['17 MiB', repeat(17, { bytes: MIB }), [16, 1]],
  ['a byte below 16 MiB', [{ bytes: 16 * MIB - 1 }, { bytes: 1 }, {}], [2, 1]],
  ['one record above 16 MiB ends its chunk', [{}, { bytes: 20 * MIB }, {}, {}], [2, 2]],
  ['a poison record is one like any other', [{}, { error: POISON }, {}], [3]],
  ['a record that may succeed later ends its chunk', [{}, { error: LATER }, {}, {}], [2, 2]],
  ['records without bytes', repeat(501, { bytes: 0 }), [500, 1]],
  ['after a cut the bytes are counted anew', repeat(6, { bytes: 8 * MIB }), [2, 2, 2]],
  ['after a cut the records are counted anew', [{ shard: 1 }, ...repeat(500, { shard: 2 })], [1, 500]],
  ['another shard', [{ shard: 1 }, { shard: 1 }, { shard: 2 }], [2, 1]],
  ['a shard that comes again', [{ shard: 1 }, { shard: 2 }, { shard: 1 }], [1, 1, 1]],
  ['another stream', [{ streamArn: 'a' }, { streamArn: 'b' }, { streamArn: 'b' }], [1, 2]],
])('a batch is cut where a chunk is full: %s', async (_, sizes, expected) => {
  expect((await cut(sizes.map(createSized))).map((chunk) => chunk.length)).toEqual(expected);
});

// Some records are large and some shards change, so that each reason to cut occurs.
const records = fc
  .array(
    fc.record({
      times: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 300, max: 700 })),
      bytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: MIB, max: 18 * MIB })),
      shard: fc.integer({ min: 0, max: 1 }),
    }),
    { maxLength: 6 },
  )
  .map((runs) => runs.flatMap(({ times, bytes, shard }) => repeat(times, { bytes, shard })).map(createSized));

it('every record is in one chunk, in its order: of one shard, at most 500, with 16 MiB before the last', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (batch) => {
      const chunks = await cut(batch);

      expect(chunks.flat()).toEqual(batch);
      for (const chunk of chunks) {
        expect(chunk.length).toBeGreaterThan(0);
        expect(chunk.length).toBeLessThanOrEqual(500);
        expect(chunk.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(16 * MIB);
        expect(new Set(chunk.map(({ record }) => record.origin.shardId)).size).toBe(1);
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
