import { type Gunzip, gunzipSync } from 'node:zlib';
import { poison } from '../errors.ts';

/** gzip → bytes. Throws `DECOMPRESS_FAILED`, or `PAYLOAD_TOO_LARGE` above `maxBytes`. */
export function decompress(compressed: Uint8Array, maxBytes: number): Uint8Array {
  const { buffer, engine } = gunzip(compressed, maxBytes);
  // Members behind one another are one file, but behind a zero Node passes over all that follows.
  if (engine.bytesWritten !== compressed.length) throw poison('decompress', 'DECOMPRESS_FAILED', 'BytesBehind');
  return buffer;
}

function gunzip(compressed: Uint8Array, maxBytes: number) {
  try {
    // `info` has it give its engine too, of which the types know nothing.
    const unzipped: unknown = gunzipSync(compressed, { maxOutputLength: maxBytes, info: true });
    return unzipped as { readonly buffer: Uint8Array; readonly engine: Gunzip };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw poison('decompress', 'PAYLOAD_TOO_LARGE', 'TooManyBytes');
    }
    throw poison('decompress', 'DECOMPRESS_FAILED', 'NotGzip');
  }
}
