import { type Gunzip, gunzipSync } from 'node:zlib';
import { poison } from '../errors.ts';

/** gzip → bytes. Throws `DECOMPRESS_FAILED`, or `PAYLOAD_TOO_LARGE` above `maxBytes`. */
export function decompress(compressed: Uint8Array, maxBytes: number): Uint8Array {
  const { buffer, engine } = gunzip(compressed, maxBytes);
  // Members behind one another are one file, but behind a zero Node passes over all that follows.
  if (engine.bytesWritten !== compressed.length) throw poison('decompress', 'DECOMPRESS_FAILED', 'BytesBehind');
  return buffer;
}

/** The pieces of memory that zlib gives its output by default. */
const CHUNK_BYTES = 16 * 1024;
/** What a byte can become at most. https://zlib.net/zlib_tech.html */
const MOST_EXPANSION = 1032;

function gunzip(compressed: Uint8Array, maxBytes: number) {
  try {
    // Where all has room in one piece nothing is copied. Whoever wrote it may lie: no piece is small, or larger than it can be.
    const most = Math.min(maxBytes, compressed.length * MOST_EXPANSION);
    const chunkSize = Math.max(CHUNK_BYTES, Math.min(sizeOf(compressed), most) + 1);
    // `info` has it give its engine too, of which the types know nothing.
    const unzipped: unknown = gunzipSync(compressed, { maxOutputLength: maxBytes, chunkSize, info: true });
    return unzipped as { readonly buffer: Uint8Array; readonly engine: Gunzip };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw poison('decompress', 'PAYLOAD_TOO_LARGE', 'TooManyBytes');
    }
    throw poison('decompress', 'DECOMPRESS_FAILED', 'NotGzip');
  }
}

/** How large the content is, as the end of its last member says. https://www.rfc-editor.org/rfc/rfc1952#page-6 */
function sizeOf(compressed: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = compressed;
  return byteLength < 4 ? 0 : new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
}
