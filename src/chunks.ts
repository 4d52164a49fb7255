import type { StreamRecord } from './activity.ts';
import type { StageError } from './errors.ts';

/** A record that went through the transforms. */
interface Opened {
  readonly record: Pick<StreamRecord, 'origin'>;
  /** What its content takes in memory, about. */
  readonly bytes: number;
  readonly error: StageError | null;
}

const MAX_RECORDS = 500;

/**
 * Cuts a batch into chunks of consecutive records of one shard: each ends with the record that fills it, by its number or
 * by `maxBytes`, since a chunk's events are in memory at once. The cut depends on the records alone, as long as
 * `maxBytes` stays, so that a batch that is delivered again from a chunk's boundary is cut alike.
 *
 * A record that may succeed later ends its chunk at once: the chunk cannot become durable, and no work is wasted on more.
 */
export async function* cutChunks<T extends Opened>(
  records: AsyncIterable<T>,
  maxBytes: number,
): AsyncGenerator<readonly [T, ...T[]]> {
  let chunk: [T, ...T[]] | null = null;
  let bytes = 0;
  for await (const opened of records) {
    if (chunk !== null && !isSameShard(chunk[0], opened)) {
      yield chunk;
      chunk = null;
    }
    if (chunk === null) {
      chunk = [opened];
      bytes = 0;
    } else {
      chunk.push(opened);
    }
    bytes += opened.bytes;
    if (chunk.length === MAX_RECORDS || bytes >= maxBytes || opened.error?.retryable) {
      yield chunk;
      chunk = null;
    }
  }
  if (chunk !== null) yield chunk;
}

function isSameShard({ record: { origin: one } }: Opened, { record: { origin: other } }: Opened): boolean {
  return one.shardId === other.shardId && one.streamArn === other.streamArn;
}
