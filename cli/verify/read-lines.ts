import { Failure } from '../failure.ts';

/** More than the largest record that the function takes. */
const MAX_LINE_BYTES = 512 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, without what ends them. Node's own reader splits at U+2028 too, which stands in JSON as
 * it is. Throws a `Failure` where a line is longer than any that the function writes.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      bytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > MAX_LINE_BYTES) throw new Failure('LINE_TOO_LONG');
  }
  if (bytes > 0) yield Buffer.concat(parts);
}
