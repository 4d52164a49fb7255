import type { StreamRecord } from './activity.ts';

/** A record that went through the transforms, with the bytes that its content takes in memory. */
interface Sized {
  readonly record: StreamRecord;
  readonly bytes: number;
}

/** What one acknowledged unit holds at most: its events are in memory at once. */
const MAX_RECORDS = 500;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Cuts a batch into chunks of consecutive records of one shard. The cut depends on the records alone, so that a batch
 * that is delivered again from a chunk's boundary is cut alike.
 */
export async function* cutChunks<T extends Sized>(records: AsyncIterable<T>): AsyncGenerator<readonly [T, ...T[]]> {
  let chunk: [T, ...T[]] | null = null;
  let bytes = 0;
  for await (const sized of records) {
    if (chunk === null || isFull(chunk, bytes, sized)) {
      if (chunk !== null) yield chunk;
      chunk = [sized];
      bytes = sized.bytes;
    } else {
      chunk.push(sized);
      bytes += sized.bytes;
    }
  }
  if (chunk !== null) yield chunk;
}

function isFull(chunk: readonly [Sized, ...Sized[]], bytes: number, next: Sized): boolean {
  const [{ record: first }] = chunk;
  return (
    chunk.length === MAX_RECORDS ||
    bytes + next.bytes > MAX_BYTES ||
    first.origin.shardId !== next.record.origin.shardId ||
    first.origin.streamArn !== next.record.origin.streamArn
  );
}
