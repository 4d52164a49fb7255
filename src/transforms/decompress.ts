import { gunzipSync } from 'node:zlib';
import { poison } from '../errors.ts';

/** gzip → bytes. Throws `DECOMPRESS_FAILED`, or `PAYLOAD_TOO_LARGE` above `maxBytes`. */
export function decompress(compressed: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(compressed, { maxOutputLength: maxBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw poison('decompress', 'PAYLOAD_TOO_LARGE', 'TooManyBytes');
    }
    throw poison('decompress', 'DECOMPRESS_FAILED', 'NotGzip');
  }
}
