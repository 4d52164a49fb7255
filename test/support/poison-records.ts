import { randomBytes } from 'node:crypto';
import { deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import {
  type DataKey,
  innerRecord,
  type SealingEngine,
  sealMessage,
  sealRecord,
  wrapMessage,
} from '../../local/database-activity.ts';
import type { QuarantineReason } from '../../src/activity.ts';
import type { Stage } from '../../src/errors.ts';

const ENGINE = 'aurora-postgresql';
const FRAME_BYTES = 4096;
/** Of a Kinesis record. */
const MAX_DATA = 1_048_576;
/** A little less than `MAX_RECORD_BYTES`. */
const MOST_BYTES = 33_000_000;
const SELECT = { type: 'record', serverType: 'PostgreSQL', class: 'READ', command: 'SELECT', commandText: 'SELECT 1' };

/** Everything that it takes to make a poison record. */
export interface Materials {
  readonly cluster: string;
  readonly dataKey: DataKey;
  readonly otherKey: DataKey;
  readonly foreignKey: DataKey;
}

/** Makes the data of a Kinesis record. */
export type Poison = (materials: Materials) => Uint8Array | Promise<Uint8Array>;

const outer = (change: (record: Record<string, unknown>) => unknown): Poison => {
  return async (materials) => {
    const data = await sealed(innerOf(materials))(materials);
    return Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(data).toString()))));
  };
};

/** Changes the bytes of a message; a negative position counts from its end. */
const message = (change: (bytes: Buffer) => Uint8Array, engine: SealingEngine = ENGINE): Poison => {
  return async (materials) => {
    const bytes = await sealMessage(gzipSync(innerOf(materials)), engine, materials.dataKey.plaintext);
    return wrapMessage(change(bytes), engine, materials.dataKey.ciphertext);
  };
};

const compressed = (change: (bytes: Buffer) => Uint8Array): Poison => {
  return async (materials) => {
    const bytes = change(gzipSync(innerOf(materials)));
    return wrapMessage(
      await sealMessage(bytes, ENGINE, materials.dataKey.plaintext),
      ENGINE,
      materials.dataKey.ciphertext,
    );
  };
};

const sealed =
  (inner: string | Uint8Array): Poison =>
  ({ dataKey }) =>
    sealRecord(inner, ENGINE, dataKey);

const payload = (change: (record: Record<string, unknown>) => unknown): Poison => {
  return (materials) => sealed(JSON.stringify(change(JSON.parse(innerOf(materials)))))(materials);
};

function innerOf({ cluster }: Materials): string {
  return innerRecord(cluster, 'db-TEST', [SELECT, { type: 'heartbeat' }]);
}

/** Changes the bytes of a message of several frames, told where its first frame begins. */
function longMessage(change: (bytes: Buffer, body: number) => Uint8Array): Poison {
  return async (materials) => {
    // Random, so that gzip cannot make it short.
    const inner = innerRecord(materials.cluster, 'db-TEST', [
      { ...SELECT, note: randomBytes(9_000).toString('base64') },
    ]);
    const plaintext = gzipSync(inner);
    const bytes = await sealMessage(plaintext, ENGINE, materials.dataKey.plaintext);
    const frames = Math.floor(plaintext.length / FRAME_BYTES);
    const final = 4 + 4 + 12 + 4 + (plaintext.length % FRAME_BYTES) + 16;
    const body = bytes.length - final - frames * (4 + 12 + FRAME_BYTES + 16);
    return wrapMessage(change(bytes, body), ENGINE, materials.dataKey.ciphertext);
  };
}

/** Changes the last byte before a frame, which is a tag. */
function flipBeforeFrame(frame: number) {
  return (bytes: Buffer, body: number) => flip(body + frame * (4 + 12 + FRAME_BYTES + 16) - 1)(bytes);
}

function set(position: number, values: readonly number[]) {
  return (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    changed.set(values, position);
    return changed;
  };
}

function flip(position: number) {
  return (bytes: Buffer) => {
    const at = position < 0 ? bytes.length + position : position;
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([(bytes[at] as number) ^ 1]), bytes.subarray(at + 1)]);
  };
}

/** Objects that share no shape, and are cut off. */
function shapes(count: number): string {
  return `{"a":[${Array.from({ length: count }, (_, index) => `{"${index.toString(36)}":1}`).join(',')}`;
}

/** Name, reason, stage and how it is made: one for each layer of `guarantees.md`, section 3. */
export const POISON_RECORDS: readonly (readonly [string, QuarantineReason, Stage, Poison])[] = [
  ['nothing at all', 'ENVELOPE_INVALID', 'decode', () => Buffer.alloc(0)],
  ['a JSON scalar', 'ENVELOPE_INVALID', 'decode', () => Buffer.from('5')],
  ['an envelope without a type', 'ENVELOPE_INVALID', 'decode', outer(({ type, ...others }) => others)],
  [
    'an envelope without a message',
    'ENVELOPE_INVALID',
    'decode',
    outer(({ databaseActivityEvents, ...others }) => others),
  ],
  [
    'a message that is no string',
    'ENVELOPE_INVALID',
    'decode',
    outer((record) => ({ ...record, databaseActivityEvents: 7 })),
  ],
  ['an empty message', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, databaseActivityEvents: '' }))],
  ['a type that is no string', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, type: [record.type] }))],
  ['a key that is no string', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, key: [record.key] }))],
  ['a key that is null', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, key: null }))],
  ['a nesting bomb in place of an envelope', 'ENVELOPE_INVALID', 'decode', () => Buffer.from('['.repeat(MAX_DATA))],
  [
    'a nesting bomb that is closed, in place of an envelope',
    'ENVELOPE_INVALID',
    'decode',
    () => Buffer.from('['.repeat(MAX_DATA / 2) + ']'.repeat(MAX_DATA / 2)),
  ],
  ['a key that is no base64', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, key: '!!!!' }))],
  ['no UTF-8', 'ENVELOPE_INVALID', 'decode', () => Buffer.from([0x7b, 0xff, 0x7d])],
  ['no JSON', 'ENVELOPE_INVALID', 'decode', () => Buffer.from('{"type":')],
  ['a JSON list', 'ENVELOPE_INVALID', 'decode', () => Buffer.from('[]')],
  ['a JSON null', 'ENVELOPE_INVALID', 'decode', () => Buffer.from('null')],
  ['an envelope without a key', 'ENVELOPE_INVALID', 'decode', outer(({ key, ...others }) => others)],
  ['an envelope of another type', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, type: 'Orders' }))],
  [
    'a message that is no base64',
    'ENVELOPE_INVALID',
    'decode',
    outer((record) => ({ ...record, databaseActivityEvents: '!!!!' })),
  ],
  ['a key too long for KMS', 'ENVELOPE_INVALID', 'decode', outer((record) => ({ ...record, key: 'A'.repeat(8196) }))],
  ['a key that is no ciphertext of KMS', 'KEY_REJECTED', 'data-key', outer((record) => ({ ...record, key: 'AAAA' }))],
  [
    'a key of another cluster',
    'KEY_REJECTED',
    'data-key',
    (materials) => sealRecord(innerOf(materials), ENGINE, materials.foreignKey),
  ],
  [
    'a message under another key',
    'DECRYPT_FAILED',
    'decrypt',
    async (materials) =>
      wrapMessage(
        await sealMessage(gzipSync(innerOf(materials)), ENGINE, materials.otherKey.plaintext),
        ENGINE,
        materials.dataKey.ciphertext,
      ),
  ],
  ['another message version', 'DECRYPT_FAILED', 'decrypt', message(flip(0))],
  ['another message type', 'DECRYPT_FAILED', 'decrypt', message(flip(1))],
  ['another algorithm suite', 'DECRYPT_FAILED', 'decrypt', message(flip(3))],
  ['a changed message id', 'DECRYPT_FAILED', 'decrypt', message(flip(5))],
  ['no encrypted data key', 'DECRYPT_FAILED', 'decrypt', message(set(22, [0, 0]))],
  ['two encrypted data keys', 'DECRYPT_FAILED', 'decrypt', message(set(22, [0, 2]))],
  ['another provider of keys', 'DECRYPT_FAILED', 'decrypt', message(flip(26))],
  ['another name of the key', 'DECRYPT_FAILED', 'decrypt', message(flip(30))],
  ['a changed tag of the header', 'DECRYPT_FAILED', 'decrypt', longMessage(flipBeforeFrame(0))],
  ['a changed tag of the first frame', 'DECRYPT_FAILED', 'decrypt', longMessage(flipBeforeFrame(1))],
  ['a changed tag of a middle frame', 'DECRYPT_FAILED', 'decrypt', longMessage(flipBeforeFrame(2))],
  ['a changed tag of the last frame of several', 'DECRYPT_FAILED', 'decrypt', longMessage((bytes) => flip(-1)(bytes))],
  [
    'a message cut off within its first frame',
    'DECRYPT_FAILED',
    'decrypt',
    longMessage((bytes, body) => bytes.subarray(0, body + 100)),
  ],
  [
    'a message without its last frame',
    'DECRYPT_FAILED',
    'decrypt',
    longMessage((bytes, body) => bytes.subarray(0, body + 2 * (4 + 12 + FRAME_BYTES + 16))),
  ],
  ['a message twice', 'DECRYPT_FAILED', 'decrypt', message((bytes) => Buffer.concat([bytes, bytes]))],
  [
    'bytes behind the message',
    'DECRYPT_FAILED',
    'decrypt',
    message((bytes) => Buffer.concat([bytes, Buffer.from('more')])),
  ],
  [
    'bytes behind the signature',
    'DECRYPT_FAILED',
    'decrypt',
    message((bytes) => Buffer.concat([bytes, Buffer.from('more')]), 'aurora-mysql'),
  ],
  ['a changed authentication tag', 'DECRYPT_FAILED', 'decrypt', message(flip(-1))],
  ['a changed signature', 'DECRYPT_FAILED', 'decrypt', message(flip(-10), 'aurora-mysql')],
  ['a message cut off in its header', 'DECRYPT_FAILED', 'decrypt', message((bytes) => bytes.subarray(0, 40))],
  ['a message cut off in its last frame', 'DECRYPT_FAILED', 'decrypt', message((bytes) => bytes.subarray(0, -20))],
  [
    'a message without its signature',
    'DECRYPT_FAILED',
    'decrypt',
    message((bytes) => bytes.subarray(0, -100), 'aurora-mysql'),
  ],
  ['what is no message', 'DECRYPT_FAILED', 'decrypt', message(() => Buffer.from('plain text'))],
  ['plain text in place of gzip', 'DECOMPRESS_FAILED', 'decompress', compressed(() => Buffer.from('{}'))],
  ['zlib in place of gzip', 'DECOMPRESS_FAILED', 'decompress', compressed((bytes) => deflateSync(gunzipSync(bytes)))],
  [
    'bytes behind the gzip and a zero',
    'DECOMPRESS_FAILED',
    'decompress',
    compressed((bytes) => Buffer.concat([bytes, Buffer.from([0]), bytes])),
  ],
  [
    'bytes behind the gzip',
    'DECOMPRESS_FAILED',
    'decompress',
    compressed((bytes) => Buffer.concat([bytes, Buffer.from('more')])),
  ],
  [
    'a zero byte behind the gzip',
    'DECOMPRESS_FAILED',
    'decompress',
    compressed((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  ],
  [
    'more gzip, cut off',
    'DECOMPRESS_FAILED',
    'decompress',
    compressed((bytes) => Buffer.concat([bytes, bytes.subarray(0, -12)])),
  ],
  ['gzip without content', 'DECOMPRESS_FAILED', 'decompress', compressed(() => Buffer.alloc(0))],
  ['gzip cut off', 'DECOMPRESS_FAILED', 'decompress', compressed((bytes) => bytes.subarray(0, -12))],
  ['gzip with a wrong checksum', 'DECOMPRESS_FAILED', 'decompress', compressed(flip(-6))],
  ['nothing in gzip', 'PAYLOAD_INVALID', 'parse', sealed('')],
  ['no UTF-8 inside', 'PAYLOAD_INVALID', 'parse', sealed(Buffer.from([0x22, 0xc3, 0x28, 0x22]))],
  ['no JSON inside', 'PAYLOAD_INVALID', 'parse', sealed('{"databaseActivityEventList":[')],
  ['a JSON scalar inside', 'PAYLOAD_INVALID', 'parse', sealed('5')],
  ['a JSON list inside', 'PAYLOAD_INVALID', 'parse', sealed('[{}]')],
  ['a JSON null inside', 'PAYLOAD_INVALID', 'parse', sealed('null')],
  ['no inner type', 'PAYLOAD_INVALID', 'parse', payload(({ type, ...others }) => others)],
  ['an inner type that is no string', 'PAYLOAD_INVALID', 'parse', payload((record) => ({ ...record, type: 7 }))],
  [
    'a list that is null',
    'PAYLOAD_INVALID',
    'parse',
    payload((record) => ({ ...record, databaseActivityEventList: null })),
  ],
  ['no list', 'PAYLOAD_INVALID', 'parse', payload(({ databaseActivityEventList, ...others }) => others)],
  [
    'a list that is none',
    'PAYLOAD_INVALID',
    'parse',
    payload((record) => ({ ...record, databaseActivityEventList: {} })),
  ],
  [
    'an event that is none',
    'PAYLOAD_INVALID',
    'parse',
    payload((record) => ({ ...record, databaseActivityEventList: [null] })),
  ],
  ['another inner type', 'PAYLOAD_INVALID', 'parse', payload((record) => ({ ...record, type: 'Orders' }))],
  ['a nesting bomb of lists', 'PAYLOAD_INVALID', 'parse', sealed(`{"a":${'['.repeat(50_000)}`)],
  ['a nesting bomb of objects', 'PAYLOAD_INVALID', 'parse', sealed('{"a":'.repeat(50_000))],
  [
    'an event nested too deep',
    'PAYLOAD_INVALID',
    'parse',
    payload((record) => ({
      ...record,
      databaseActivityEventList: [JSON.parse(`${'[{"a":'.repeat(40)}1${'}]'.repeat(40)}`)],
    })),
  ],
  [
    'an event that is a list',
    'PAYLOAD_INVALID',
    'parse',
    payload((record) => ({ ...record, databaseActivityEventList: [[SELECT]] })),
  ],
  ['no JSON after as much as a record may hold', 'PAYLOAD_INVALID', 'parse', sealed(`{"a":"${'A'.repeat(MOST_BYTES)}`)],
  [
    'line breaks, as many as a record may hold, before an event that is none',
    'PAYLOAD_INVALID',
    'parse',
    sealed(
      `{"type":"DatabaseActivityMonitoringRecord","databaseActivityEventList":[{${'\n'.repeat(MOST_BYTES)}},null]}`,
    ),
  ],
  ['escaped quotes only', 'PAYLOAD_INVALID', 'parse', sealed(`{"a":"${'\\"'.repeat(MOST_BYTES / 2)}`)],
  ['empty strings only', 'PAYLOAD_INVALID', 'parse', sealed('""'.repeat(MOST_BYTES / 2))],
  [
    'a long escaped name before many lists',
    'PAYLOAD_INVALID',
    'parse',
    sealed(`{"\\u0041${'A'.repeat(1_000_000)}":${'[],'.repeat(2_000)}`),
  ],
  ['lists under names with bad escapes', 'PAYLOAD_INVALID', 'parse', sealed(`{${'"\\x":[],'.repeat(145_000)}`)],
  ['objects, each of another shape', 'PAYLOAD_INVALID', 'parse', sealed(shapes(145_000))],
  [
    'a text beyond Latin-1, as long as a record may hold',
    'PAYLOAD_INVALID',
    'parse',
    sealed(
      `{"type":"DatabaseActivityMonitoringRecord","databaseActivityEventList":[{"commandText":"${'A'.repeat(MOST_BYTES)}\u{1f4a3}"},null]}`,
    ),
  ],
  ['100,000 events', 'PAYLOAD_TOO_LARGE', 'parse', sealed(`{"databaseActivityEventList":[${'{},'.repeat(99_999)}{}]}`)],
  ['a gzip bomb', 'PAYLOAD_TOO_LARGE', 'decompress', sealed(' '.repeat(34_000_000))],
  [
    'a gzip bomb of 800 MB, as large as a record of Kinesis holds',
    'PAYLOAD_TOO_LARGE',
    'decompress',
    compressed(() => Buffer.concat(Array(50).fill(gzipSync(Buffer.alloc(16_000_000))))),
  ],
  [
    'a gzip bomb that says that it is empty',
    'PAYLOAD_TOO_LARGE',
    'decompress',
    compressed(() => Buffer.concat([gzipSync(Buffer.alloc(34_000_000)).subarray(0, -4), Buffer.alloc(4)])),
  ],
  [
    'a gzip bomb with nothing behind it',
    'PAYLOAD_TOO_LARGE',
    'decompress',
    compressed(() => Buffer.concat([gzipSync(Buffer.alloc(34_000_000)), gzipSync('')])),
  ],
  [
    'gzip that says that it is 4 GB',
    'DECOMPRESS_FAILED',
    'decompress',
    compressed((bytes) => Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(4, 0xff)])),
  ],
  [
    'more values than a record may have',
    'PAYLOAD_TOO_LARGE',
    'parse',
    sealed(`{"databaseActivityEventList":[[${'1,'.repeat(1_500_000)}1]]}`),
  ],
  ['another cluster', 'SOURCE_MISMATCH', 'parse', payload((record) => ({ ...record, clusterId: 'cluster-OTHER' }))],
];

/** A record that is strange and no poison: its events must be archived as they were sent. */
export interface StrangeRecord {
  readonly name: string;
  /** JSON text of each event in its list. */
  readonly events: readonly string[];
  /** How many of them are kept. */
  readonly archived: number;
}

export const STRANGE_RECORDS: readonly StrangeRecord[] = [
  { name: 'an empty list', events: [], archived: 0 },
  { name: 'heartbeats only', events: Array(5).fill('{"type":"heartbeat"}'), archived: 0 },
  { name: 'an unknown event type', events: ['{"type":"telemetry","command":"SELECT"}'], archived: 1 },
  {
    name: 'fields that are null',
    events: ['{"type":"record","class":null,"command":null,"dbUserName":null}'],
    archived: 1,
  },
  { name: 'no fields', events: ['{}'], archived: 1 },
  { name: '__proto__', events: ['{"__proto__":{"type":"heartbeat"},"command":"SELECT"}'], archived: 1 },
  { name: 'constructor and prototype', events: ['{"constructor":{"prototype":1},"toString":1}'], archived: 1 },
  {
    name: 'duplicate keys',
    events: ['{"type":"record","a":1,"a":2,"command":"DROP TABLE","command":"SELECT"}'],
    archived: 1,
  },
  { name: 'integers beyond 2^53', events: ['{"statementId":123456789012345678901234567890,"pid":1e400}'], archived: 1 },
  {
    name: 'half a surrogate pair',
    events: ['{"dbUserName":"\\ud800","commandText":"SELECT \'\\udfff\'"}'],
    archived: 1,
  },
  { name: 'line separators', events: [JSON.stringify({ commandText: 'SELECT 1 \u2028 \u2029 \u0085' })], archived: 1 },
  {
    name: 'a record of 1 MiB',
    events: [JSON.stringify({ ...SELECT, note: randomBytes(780_000).toString('base64') })],
    archived: 1,
  },
];
