import type { Envelope } from '../activity.ts';
import { poison } from '../errors.ts';

/** KMS takes ciphertexts up to this size. https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html */
const MAX_KEY_BYTES = 6144;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Kinesis data (base64) → envelope. Throws `ENVELOPE_INVALID`. */
export function decode(data: string): Envelope {
  const outer = parseObject(fromBase64(data));
  if (outer.type !== 'DatabaseActivityMonitoringRecords') throw invalid('UnknownType');
  const message = fromBase64(outer.databaseActivityEvents);
  const key = fromBase64(outer.key);
  if (key.length > MAX_KEY_BYTES) throw invalid('KeyTooLong');
  return { message, key };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(bytes));
  } catch {
    throw invalid('NotJson');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('NotAnObject');
  return value as Record<string, unknown>;
}

function fromBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string' || text.length === 0) throw invalid('FieldMissing');
  const bytes = Buffer.from(text, 'base64');
  if (!isBase64(text, bytes)) throw invalid('NotBase64');
  return bytes;
}

/** Whether the text is base64 throughout, by what was decoded of it: natively, which a regular expression is not. */
function isBase64(text: string, decoded: Uint8Array): boolean {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // What is not base64 is passed over, and then bytes are missing: but for the signs of URLs and letters beyond ASCII.
  const isWhole = text.length % 4 === 0 && decoded.length === (text.length / 4) * 3 - padding;
  return isWhole && !text.includes('-') && !text.includes('_') && Buffer.byteLength(text) === text.length;
}

function invalid(code: string) {
  return poison('decode', 'ENVELOPE_INVALID', code);
}
