import { createHash, randomBytes } from 'node:crypto';
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
import type { Wire } from './wire.ts';

const ENGINE = 'aurora-postgresql';
const FRAME_BYTES = 4096;
/** Of a frame that is not the last one: sequence number, initialization vector, content and tag. */
const FRAME_LENGTH = 4 + 12 + FRAME_BYTES + 16;
/** Of a Kinesis record. */
const MAX_DATA = 1_048_576;
/** A little less than `MAX_RECORD_BYTES`. */
const MOST_BYTES = 33_000_000;
const TOO_MANY_BYTES = 34_000_000;
const SELECT = { type: 'record', serverType: 'PostgreSQL', class: 'READ', command: 'SELECT', commandText: 'SELECT 1' };
const HEARTBEAT = '{"type":"heartbeat"}';
/** The beginning of an inner record, up to its first event. */
const LIST = '{"type":"DatabaseActivityMonitoringRecord","databaseActivityEventList":[';

/** Everything that it takes to make a poison record. */
export interface Materials {
  readonly cluster: string;
  readonly dataKey: DataKey;
  readonly otherKey: DataKey;
  readonly foreignKey: DataKey;
}

/** Makes the data of a Kinesis record. */
export type Poison = (materials: Materials) => Uint8Array | Promise<Uint8Array>;

type Change = (whole: Buffer) => Buffer;
type ChangeFields = (record: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** A cluster of its own for each name keeps what one test wrote apart from the others. */
export async function createMaterials(wire: Wire, name: string): Promise<Materials> {
  const cluster = `cluster-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  const [dataKey, otherKey, foreignKey] = await Promise.all([
    wire.generateDataKey(cluster),
    wire.generateDataKey(cluster),
    wire.generateDataKey('cluster-OTHER'),
  ]);
  return { cluster, dataKey, otherKey, foreignKey };
}

function innerOf({ cluster }: Materials, ...events: readonly unknown[]): string {
  return innerRecord(cluster, 'db-TEST', events.length > 0 ? events : [SELECT, JSON.parse(HEARTBEAT)]);
}

const bytes = (content: string | readonly number[]) => () => Buffer.from(content as string);

/** Changes fields of the envelope; what becomes undefined is left out. */
function envelope(change: ChangeFields): Poison {
  return async (materials) => {
    const record = JSON.parse(String(await sealed(innerOf(materials))(materials)));
    return Buffer.from(JSON.stringify({ ...record, ...change(record) }));
  };
}

function message(change: Change, engine: SealingEngine = ENGINE): Poison {
  return async (materials) => {
    const sealedMessage = await sealMessage(gzipSync(innerOf(materials)), engine, materials.dataKey.plaintext);
    return wrapMessage(change(sealedMessage), engine, materials.dataKey.ciphertext);
  };
}

/** Changes an encrypted message of several frames, given the position of its first frame. */
function longMessage(change: (whole: Buffer, body: number) => Buffer): Poison {
  return async (materials) => {
    // Random, so that gzip cannot make it short.
    const plaintext = gzipSync(innerOf(materials, { ...SELECT, note: randomBytes(9_000).toString('base64') }));
    const sealedMessage = await sealMessage(plaintext, ENGINE, materials.dataKey.plaintext);
    const final = 4 + 4 + 12 + 4 + (plaintext.length % FRAME_BYTES) + 16;
    const body = sealedMessage.length - final - Math.floor(plaintext.length / FRAME_BYTES) * FRAME_LENGTH;
    return wrapMessage(change(sealedMessage, body), ENGINE, materials.dataKey.ciphertext);
  };
}

function compressed(change: Change): Poison {
  return async (materials) => {
    const { plaintext, ciphertext } = materials.dataKey;
    return wrapMessage(await sealMessage(change(gzipSync(innerOf(materials))), ENGINE, plaintext), ENGINE, ciphertext);
  };
}

function sealed(inner: string | Uint8Array): Poison {
  return ({ dataKey }) => sealRecord(inner, ENGINE, dataKey);
}

/** Other fields of the inner record; undefined fields are left out. */
function payload(fields: Readonly<Record<string, unknown>>): Poison {
  return (materials) => sealed(JSON.stringify({ ...JSON.parse(innerOf(materials)), ...fields }))(materials);
}

/** Changes the last byte before a frame, which is a tag. */
function flipBeforeFrame(frame: number) {
  return (whole: Buffer, body: number) => flip(body + frame * FRAME_LENGTH - 1)(whole);
}

function set(position: number, values: readonly number[]): Change {
  return (whole) =>
    Buffer.concat([whole.subarray(0, position), Buffer.from(values), whole.subarray(position + values.length)]);
}

/** Changes one bit; a negative position counts from the end. */
function flip(position: number): Change {
  return (whole) => {
    const at = position < 0 ? whole.length + position : position;
    return set(at, [(whole[at] as number) ^ 1])(whole);
  };
}

function append(more: string | Buffer): Change {
  return (whole) => Buffer.concat([whole, Buffer.from(more as string)]);
}

/** Keeps the bytes up to a position; a negative one counts from the end. */
function cut(end: number): Change {
  return (whole) => whole.subarray(0, end);
}

/** Objects that share no shape, and are cut off. */
const SHAPES = `{"a":[${Array.from({ length: 145_000 }, (_, index) => `{"${index.toString(36)}":1}`).join()}`;

const gzipOfZeros = (length: number) => gzipSync(Buffer.alloc(length));

type PoisonRecord = readonly [name: string, reason: QuarantineReason, stage: Stage, poison: Poison];

function kinds(reason: QuarantineReason, stage: Stage, poisons: Record<string, Poison>): readonly PoisonRecord[] {
  return Object.entries(poisons).map(([name, poison]) => [name, reason, stage, poison]);
}

/** Each layer of a record, broken in every way that must quarantine it. */
export const POISON_RECORDS: readonly PoisonRecord[] = [
  ...kinds('ENVELOPE_INVALID', 'decode', {
    'nothing at all': bytes(''),
    'a JSON scalar': bytes('5'),
    'a JSON list': bytes('[]'),
    'a JSON null': bytes('null'),
    'no JSON': bytes('{"type":'),
    'no UTF-8': bytes([0x7b, 0xff, 0x7d]),
    'a nesting bomb in place of an envelope': bytes('['.repeat(MAX_DATA)),
    'a closed nesting bomb in place of an envelope': bytes('['.repeat(MAX_DATA / 2) + ']'.repeat(MAX_DATA / 2)),
    'an envelope without a type': envelope(() => ({ type: undefined })),
    'an envelope of another type': envelope(() => ({ type: 'Orders' })),
    'a type that is no string': envelope(({ type }) => ({ type: [type] })),
    'an envelope without a message': envelope(() => ({ databaseActivityEvents: undefined })),
    'a message that is no string': envelope(() => ({ databaseActivityEvents: 7 })),
    'an empty message': envelope(() => ({ databaseActivityEvents: '' })),
    'a message that is no base64': envelope(() => ({ databaseActivityEvents: '!!!!' })),
    'an envelope without a key': envelope(() => ({ key: undefined })),
    'a key that is null': envelope(() => ({ key: null })),
    'a key that is no string': envelope(({ key }) => ({ key: [key] })),
    'a key that is no base64': envelope(() => ({ key: '!!!!' })),
    'a key too long for KMS': envelope(() => ({ key: 'A'.repeat(8196) })),
  }),
  ...kinds('KEY_REJECTED', 'data-key', {
    'a key that is no ciphertext of KMS': envelope(() => ({ key: 'AAAA' })),
    'a key of another cluster': (materials) => sealRecord(innerOf(materials), ENGINE, materials.foreignKey),
  }),
  ...kinds('DECRYPT_FAILED', 'decrypt', {
    'a message under another key': (materials) =>
      sealRecord(innerOf(materials), ENGINE, { ...materials.dataKey, plaintext: materials.otherKey.plaintext }),
    'what is no message': message(bytes('plain text')),
    'another message version': message(flip(0)),
    'another message type': message(flip(1)),
    'another algorithm suite': message(flip(3)),
    'a changed message id': message(flip(5)),
    'no encrypted data key': message(set(22, [0, 0])),
    'two encrypted data keys': message(set(22, [0, 2])),
    'another provider of keys': message(flip(26)),
    'another name of the key': message(flip(30)),
    'a changed tag of the header': longMessage(flipBeforeFrame(0)),
    'a changed tag of the first frame': longMessage(flipBeforeFrame(1)),
    'a changed tag of a middle frame': longMessage(flipBeforeFrame(2)),
    'a changed tag of the last frame of several': longMessage(flip(-1)),
    'a changed authentication tag': message(flip(-1)),
    'a changed signature': message(flip(-10), 'aurora-mysql'),
    'a message cut off in its header': message(cut(40)),
    'a message cut off within its first frame': longMessage((whole, body) => cut(body + 100)(whole)),
    'a message without its last frame': longMessage((whole, body) => cut(body + 2 * FRAME_LENGTH)(whole)),
    'a message cut off in its last frame': message(cut(-20)),
    'a message without its signature': message(cut(-100), 'aurora-mysql'),
    'a message twice': message((whole) => append(whole)(whole)),
    'bytes behind the message': message(append('more')),
    'bytes behind the signature': message(append('more'), 'aurora-mysql'),
  }),
  ...kinds('DECOMPRESS_FAILED', 'decompress', {
    'plain text in place of gzip': compressed(bytes('{}')),
    'zlib in place of gzip': compressed((whole) => deflateSync(gunzipSync(whole))),
    'gzip without content': compressed(bytes('')),
    'gzip cut off': compressed(cut(-12)),
    'gzip with a wrong checksum': compressed(flip(-6)),
    'gzip that says that it is 4 GB': compressed((whole) => append(Buffer.alloc(4, 0xff))(cut(-4)(whole))),
    'bytes behind the gzip': compressed(append('more')),
    'a zero byte behind the gzip': compressed(append('\0')),
    'bytes behind the gzip and a zero': compressed((whole) => append(whole)(append('\0')(whole))),
    'more gzip, cut off': compressed((whole) => append(cut(-12)(whole))(whole)),
  }),
  ...kinds('PAYLOAD_INVALID', 'parse', {
    'nothing in gzip': sealed(''),
    'no UTF-8 inside': sealed(Buffer.from([0x22, 0xc3, 0x28, 0x22])),
    'no JSON inside': sealed('{"databaseActivityEventList":['),
    'a JSON scalar inside': sealed('5'),
    'a JSON list inside': sealed('[{}]'),
    'a JSON null inside': sealed('null'),
    'no inner type': payload({ type: undefined }),
    'an inner type that is no string': payload({ type: 7 }),
    'another inner type': payload({ type: 'Orders' }),
    'no list': payload({ databaseActivityEventList: undefined }),
    'a list that is null': payload({ databaseActivityEventList: null }),
    'a list that is none': payload({ databaseActivityEventList: {} }),
    'an event that is none': payload({ databaseActivityEventList: [null] }),
    'an event that is a list': payload({ databaseActivityEventList: [[SELECT]] }),
    'an event nested too deep': payload({
      databaseActivityEventList: [JSON.parse(`${'[{"a":'.repeat(40)}1${'}]'.repeat(40)}`)],
    }),
    'a nesting bomb of lists': sealed(`{"a":${'['.repeat(50_000)}`),
    'a nesting bomb of objects': sealed('{"a":'.repeat(50_000)),
    'no JSON after as much as a record may hold': sealed(`{"a":"${'A'.repeat(MOST_BYTES)}`),
    'line breaks, as many as a record may hold, before an event that is none': sealed(
      `${LIST}{${'\n'.repeat(MOST_BYTES)}},null]}`,
    ),
    'a text beyond Latin-1, as long as a record may hold': sealed(
      `${LIST}{"commandText":"${'A'.repeat(MOST_BYTES)}\u{1f4a3}"},null]}`,
    ),
    'escaped quotes only': sealed(`{"a":"${'\\"'.repeat(MOST_BYTES / 2)}`),
    'empty strings only': sealed('""'.repeat(MOST_BYTES / 2)),
    'a long escaped name before many lists': sealed(`{"\\u0041${'A'.repeat(1_000_000)}":${'[],'.repeat(2_000)}`),
    'lists under names with bad escapes': sealed(`{${'"\\x":[],'.repeat(145_000)}`),
    'objects, each of another shape': sealed(SHAPES),
  }),
  ...kinds('PAYLOAD_TOO_LARGE', 'parse', {
    '100,000 events': sealed(`{"databaseActivityEventList":[${'{},'.repeat(99_999)}{}]}`),
    'more values than a record may have': sealed(`{"databaseActivityEventList":[[${'1,'.repeat(1_500_000)}1]]}`),
  }),
  ...kinds('PAYLOAD_TOO_LARGE', 'decompress', {
    'a gzip bomb': sealed(' '.repeat(TOO_MANY_BYTES)),
    'a gzip bomb of 800 MB, as large as a record of Kinesis holds': compressed(() =>
      Buffer.concat(Array(50).fill(gzipOfZeros(16_000_000))),
    ),
    'a gzip bomb that says that it is empty': compressed(() =>
      append('\0'.repeat(4))(cut(-4)(gzipOfZeros(TOO_MANY_BYTES))),
    ),
    'a gzip bomb with nothing behind it': compressed(() => append(gzipSync(''))(gzipOfZeros(TOO_MANY_BYTES))),
  }),
  ...kinds('SOURCE_MISMATCH', 'parse', { 'another cluster': payload({ clusterId: 'cluster-OTHER' }) }),
];

/** Records that are strange and no poison, with the JSON text of each event: `archived` of them are archived as they were sent. */
export const STRANGE_RECORDS = Object.entries<readonly string[]>({
  'an empty list': [],
  'heartbeats only': Array(5).fill(HEARTBEAT),
  'an unknown event type': ['{"type":"telemetry","command":"SELECT"}'],
  'fields that are null': ['{"type":"record","class":null,"command":null,"dbUserName":null}'],
  'no fields': ['{}'],
  'a key of __proto__': ['{"__proto__":{"type":"heartbeat"},"command":"SELECT"}'],
  'constructor and prototype': ['{"constructor":{"prototype":1},"toString":1}'],
  'duplicate keys': ['{"type":"record","a":1,"a":2,"command":"DROP TABLE","command":"SELECT"}'],
  'numbers that no double holds': ['{"statementId":123456789012345678901234567890,"pid":1e400,"ratio":1.10}'],
  'half a surrogate pair': ['{"dbUserName":"\\ud800","commandText":"SELECT \'\\udfff\'"}'],
  'line separators': [JSON.stringify({ commandText: 'SELECT 1 \u2028 \u2029 \u0085' })],
  'a record of 1 MiB': [JSON.stringify({ ...SELECT, note: randomBytes(780_000).toString('base64') })],
}).map(([name, events]) => ({ name, events, archived: events.filter((event) => event !== HEARTBEAT).length }));
