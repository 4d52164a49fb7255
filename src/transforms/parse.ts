import type { QuarantineReason } from '../activity.ts';
import { poison } from '../errors.ts';

/** A JSON object as a database sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One element of the record's list. */
export interface ListedEvent {
  readonly fields: JsonObject;
  /**
   * Its JSON in UTF-8, untouched but for line breaks between tokens and what spaces follow them: numbers and duplicate
   * keys stand as they were sent.
   */
  readonly json: Uint8Array;
}

export interface Payload {
  readonly instanceId: string | null;
  readonly events: readonly ListedEvent[];
}

// What a record may hold at most, far above anything a database sends: a bomb is refused before it is built in memory.
const MAX_DEPTH = 64;
const MAX_EVENTS = 10_000;
const MAX_VALUES = 300_000;

const LIST = 'databaseActivityEventList';
// Its name as JSON may spell it. `JSON.parse` for each name would take seconds of a record made of names it refuses.
const LIST_NAME = new RegExp(`^"${[...LIST].map(spellings).join('')}"`);
const LONGEST_LIST_NAME = `"${LIST.replace(/./g, '\\u0000')}"`.length;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decrypted bytes → the record's events, in their order.
 *
 * Throws `PAYLOAD_INVALID`, `PAYLOAD_TOO_LARGE` for too many events or values, and `SOURCE_MISMATCH` where the record
 * names another cluster or instance than `resourceId`, which comes from the stream.
 */
export function parse(bytes: Uint8Array, resourceId: string): Payload {
  const text = decodeUtf8(bytes);
  const slices = sliceEvents(bytes);
  const isOneLine = !bytes.includes(0x0a) && !bytes.includes(0x0d);
  const inner = parseObject(text);
  const list = inner[LIST];
  if (inner.type !== 'DatabaseActivityMonitoringRecord') throw refused('PAYLOAD_INVALID', 'UnknownType');
  if (!Array.isArray(list) || list.length !== slices.length) throw refused('PAYLOAD_INVALID', 'NoList');
  // The stream of a cluster holds what any of its instances did, that of an instance belongs to no cluster.
  const named = resourceId.startsWith('cluster-') ? [inner.clusterId] : [inner.clusterId, inner.instanceId];
  if (named.some((id) => typeof id === 'string' && id !== '' && id !== resourceId))
    throw refused('SOURCE_MISMATCH', 'OtherSource');
  if (!list.every(isObject)) throw refused('PAYLOAD_INVALID', 'EventNotAnObject');
  return {
    instanceId: typeof inner.instanceId === 'string' ? inner.instanceId : null,
    events: list.map((fields, index) => {
      const json = slices[index] as Uint8Array;
      return { fields, json: isOneLine ? json : toOneLine(json) };
    }),
  };
}

/** A line break in JSON text stands between tokens, so no value changes. */
function toOneLine(json: Uint8Array): Uint8Array {
  // The spaces behind it go with it: a match for each of 33 million line breaks would take the heap.
  return Buffer.from(UTF8.decode(json).replace(/[\r\n][ \t\r\n]*/g, ' '));
}

/** A pattern of a letter, plain or escaped. */
function spellings(letter: string): string {
  const digits = letter.charCodeAt(0).toString(16);
  return `(?:${letter}|\\\\u00${digits.replace(/[a-f]/, (digit) => `[${digit}${digit.toUpperCase()}]`)})`;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw refused('PAYLOAD_INVALID', 'NotUtf8');
  }
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which is SQL.
    throw refused('PAYLOAD_INVALID', 'NotJson');
  }
  if (!isObject(value)) throw refused('PAYLOAD_INVALID', 'NotAnObject');
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(reason: QuarantineReason, code: string) {
  return poison('parse', reason, code);
}

/**
 * Cuts the elements of the top level's event list out of JSON text, each as it stands.
 *
 * Serialising the parsed events instead would change numbers beyond 2^53 and lose duplicate keys. The text need not be
 * valid: `JSON.parse` judges that afterwards, on text whose depth and number of values are known to be bounded.
 */
function sliceEvents(text: Uint8Array): readonly Uint8Array[] {
  let slices: Uint8Array[] = [];
  let depth = 0;
  let values = 0;
  let keyStart = 0;
  let listDepth: number | null = null;
  let elementStart = 0;

  function endElement(end: number): void {
    const element = trim(text, elementStart, end);
    if (element.length > 0) slices.push(element);
    if (slices.length > MAX_EVENTS) throw refused('PAYLOAD_TOO_LARGE', 'TooManyEvents');
    elementStart = end + 1;
  }

  function countValue(): void {
    if (++values > MAX_VALUES) throw refused('PAYLOAD_TOO_LARGE', 'TooManyValues');
  }

  const end = text.length;
  for (let at = 0; at < end; at++) {
    const byte = text[at] as number;
    if (byte <= 0x20) continue;
    if (byte === /* " */ 0x22) {
      if (depth === 1) keyStart = at;
      while (++at < end && text[at] !== 0x22) if (text[at] === /* \ */ 0x5c) at++;
    } else if (byte === /* , */ 0x2c) {
      countValue();
      if (depth === listDepth) endElement(at);
    } else if (byte === /* { */ 0x7b || byte === /* [ */ 0x5b) {
      countValue();
      if (++depth > MAX_DEPTH) throw refused('PAYLOAD_INVALID', 'TooDeep');
      if (depth === 2 && byte === 0x5b && isListName(text, keyStart)) {
        // Of duplicate keys the last one counts, as for JSON.parse.
        slices = [];
        listDepth = depth;
        elementStart = at + 1;
      }
    } else if (byte === /* } */ 0x7d || byte === /* ] */ 0x5d) {
      if (depth === listDepth) {
        endElement(at);
        listDepth = null;
      }
      depth--;
    }
  }
  return slices;
}

function trim(text: Uint8Array, from: number, to: number): Uint8Array {
  let [start, end] = [from, to];
  // What is below a space and no white space JSON.parse refuses.
  while (start < end && (text[start] as number) <= 0x20) start++;
  while (start < end && (text[end - 1] as number) <= 0x20) end--;
  return text.subarray(start, end);
}

function isListName(text: Uint8Array, start: number): boolean {
  return LIST_NAME.test(Buffer.from(text.subarray(start, start + LONGEST_LIST_NAME)).toString('latin1'));
}
