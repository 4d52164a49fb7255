import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DataKey,
  innerRecord,
  type SealingEngine,
  sealMessage,
  sealRecord,
  wrapMessage,
} from '../../local/database-activity.ts';
import type { LambdaFunction } from '../../local/lambda.ts';
import { createBatch, readArchive, readQuarantine, sequenceNumber } from '../support/batch.ts';
import { startWire, type Wire } from '../support/wire.ts';

const ENGINE = 'aurora-postgresql';
const SELECT = { type: 'record', serverType: 'PostgreSQL', class: 'READ', command: 'SELECT', commandText: 'SELECT 1' };

/** Everything that a case needs to make its poison. */
interface Materials {
  readonly cluster: string;
  readonly dataKey: DataKey;
  readonly otherKey: DataKey;
  readonly foreignKey: DataKey;
}

type Poison = (materials: Materials) => Uint8Array | Promise<Uint8Array>;

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

function flip(position: number) {
  return (bytes: Buffer) => {
    const at = position < 0 ? bytes.length + position : position;
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([(bytes[at] as number) ^ 1]), bytes.subarray(at + 1)]);
  };
}

const CASES: readonly (readonly [string, string, string, Poison])[] = [
  ['nothing at all', 'ENVELOPE_INVALID', 'decode', () => Buffer.alloc(0)],
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
  ['another algorithm suite', 'DECRYPT_FAILED', 'decrypt', message(flip(3))],
  ['a changed message id', 'DECRYPT_FAILED', 'decrypt', message(flip(5))],
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
  ['gzip cut off', 'DECOMPRESS_FAILED', 'decompress', compressed((bytes) => bytes.subarray(0, -12))],
  ['gzip with a wrong checksum', 'DECOMPRESS_FAILED', 'decompress', compressed(flip(-6))],
  ['nothing in gzip', 'PAYLOAD_INVALID', 'parse', sealed('')],
  ['no UTF-8 inside', 'PAYLOAD_INVALID', 'parse', sealed(Buffer.from([0x22, 0xc3, 0x28, 0x22]))],
  ['no JSON inside', 'PAYLOAD_INVALID', 'parse', sealed('{"databaseActivityEventList":[')],
  ['a JSON scalar inside', 'PAYLOAD_INVALID', 'parse', sealed('5')],
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
  ['a nesting bomb', 'PAYLOAD_INVALID', 'parse', sealed(`{"a":${'['.repeat(50_000)}`)],
  ['100,000 events', 'PAYLOAD_TOO_LARGE', 'parse', sealed(`{"databaseActivityEventList":[${'{},'.repeat(99_999)}{}]}`)],
  ['a gzip bomb', 'PAYLOAD_TOO_LARGE', 'decompress', sealed(' '.repeat(34_000_000))],
  ['another cluster', 'SOURCE_MISMATCH', 'parse', payload((record) => ({ ...record, clusterId: 'cluster-OTHER' }))],
];

let wire: Wire;
let lambda: LambdaFunction;
beforeAll(async () => {
  wire = await startWire();
  lambda = wire.startFunction();
});
afterAll(() => wire.close());

async function createMaterials(cluster: string): Promise<Materials> {
  const [dataKey, otherKey, foreignKey] = await Promise.all([
    wire.generateDataKey(cluster),
    wire.generateDataKey(cluster),
    wire.generateDataKey('cluster-OTHER'),
  ]);
  return { cluster, dataKey, otherKey, foreignKey };
}

describe('a poison record is quarantined as it was delivered, and blocks nothing', () => {
  it.each(CASES)('%s: %s', async (name, reason, stage, poison) => {
    // A cluster for each case keeps what one wrote apart from the others.
    const cluster = `cluster-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
    const materials = await createMaterials(cluster);
    const healthy = await sealed(innerOf(materials))(materials);
    const bad = await poison(materials);

    for (const [round, data] of [
      [bad, healthy, healthy],
      [healthy, bad, healthy],
      [healthy, healthy, bad],
    ].entries()) {
      const response = await lambda.invoke(createBatch(cluster, data, round * 3));

      expect(response).toEqual({ batchItemFailures: [] });
    }

    const positions = [0, 4, 8];
    const quarantined = (await readQuarantine(wire)).filter(({ key }) => key.includes(`/source=${cluster}/`));
    expect(quarantined.map(({ key }) => key)).toEqual(
      positions.map(
        (position) =>
          `quarantine/reason=${reason}/source=${cluster}/dt=2026-03-01/shardId-000000000003-${sequenceNumber(position)}.json`,
      ),
    );
    for (const [index, { key, ...body }] of quarantined.entries()) {
      const [record] = createBatch(cluster, [bad], positions[index]).Records;
      expect(body).toEqual({ reason, stage, record });
    }
    const lines = (await readArchive(wire)).filter(({ resourceId }) => resourceId === cluster);
    expect(lines.map(({ sequenceNumber: at }) => at).sort()).toEqual([1, 2, 3, 5, 6, 7].map(sequenceNumber));
    const announced = wire.events.filter(({ detail }) => detail.data.resourceId === cluster);
    expect(announced.map((event) => [event['detail-type'], event.detail.data])).toEqual(
      positions.map((position, index) => [
        'Database Activity Record Quarantined',
        {
          reason,
          stage,
          resourceId: cluster,
          stream: `aws-rds-das-${cluster}`,
          shardId: 'shardId-000000000003',
          sequenceNumber: sequenceNumber(position),
          quarantine: { bucket: 'archive', key: quarantined[index]?.key },
        },
      ]),
    );
  });

  it('a thousand records under a key that KMS rejects cost one call', async () => {
    const materials = await createMaterials('cluster-REJECTED');
    const data = await sealRecord(innerOf(materials), ENGINE, materials.foreignKey);
    const before = wire.count('kms Decrypt');

    await lambda.invoke(
      createBatch(
        'cluster-REJECTED',
        Array.from({ length: 1000 }, () => data),
      ),
    );

    expect(wire.count('kms Decrypt') - before).toBe(1);
    expect(await wire.listKeys('quarantine/reason=KEY_REJECTED/source=cluster-REJECTED/')).toHaveLength(1000);
  });
});
