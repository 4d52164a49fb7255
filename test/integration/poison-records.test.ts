import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, sealMessage, sealRecord, wrapMessage } from '../../local/database-activity.ts';
import { createBatch, DURABLE, readArchive, readQuarantine, SHARD, sequenceNumber } from '../support/batch.ts';
import { createMaterials, type Materials, POISON_RECORDS, STRANGE_RECORDS } from '../support/poison-records.ts';
import { startWire, type Wire, type WiredFunction } from '../support/wire.ts';

const ENGINE = 'aurora-postgresql';
const CANARY = 'canary';
const MAX_CHUNK_RECORDS = 500;

let wire: Wire;
let lambda: WiredFunction;
beforeAll(async () => {
  wire = await startWire();
  lambda = wire.startFunction();
});
afterAll(() => wire.close());

async function sealHealthy({ cluster, dataKey }: Materials): Promise<Uint8Array> {
  const select = { type: 'record', serverType: 'PostgreSQL', command: 'SELECT', commandText: 'SELECT 1' };
  return sealRecord(innerRecord(cluster, 'db-TEST', [select]), ENGINE, dataKey);
}

describe('a poison record is quarantined as it was delivered, and blocks no other', () => {
  it.each(POISON_RECORDS)('%s: %s, alone, first and last', async (name, reason, stage, poison) => {
    const materials = await createMaterials(wire, name);
    const { cluster } = materials;
    const [healthy, bad] = [await sealHealthy(materials), await poison(materials)];

    const responses = [
      await lambda.invoke(createBatch(cluster, [bad])),
      await lambda.invoke(createBatch(cluster, [bad, healthy, bad], 1)),
    ];

    expect(responses).toEqual([DURABLE, DURABLE]);
    const expected = [0, 1, 3].map((position) => {
      const [record] = createBatch(cluster, [bad], position).Records;
      const key = `quarantine/reason=${reason}/source=${cluster}/dt=2026-03-01/${SHARD}-${sequenceNumber(position)}.json`;
      return { key, reason, stage, record };
    });
    expect(await readQuarantine(wire, cluster)).toEqual(expected);
    const lines = await readArchive(wire, cluster);
    expect(lines.map((line) => line.sequenceNumber)).toEqual([sequenceNumber(2)]);
    const announced = wire.events.filter(({ detail }) => detail.data.resourceId === cluster);
    expect(announced.map((event) => [event['detail-type'], event.detail.data])).toEqual(
      expected.map(({ key, record }) => [
        'Database Activity Record Quarantined',
        {
          reason,
          stage,
          resourceId: cluster,
          stream: `aws-rds-das-${cluster}`,
          shardId: SHARD,
          sequenceNumber: record?.kinesis.sequenceNumber,
          quarantine: { bucket: 'archive', key },
        },
      ]),
    );
  });

  it('all kinds between others, and poison at the edges of chunks, show nothing of their content', async () => {
    const materials = await createMaterials(wire, 'all kinds');
    const { cluster, dataKey } = materials;
    const healthy = await sealHealthy(materials);
    const kinds = await Promise.all(POISON_RECORDS.map(([, , , poison]) => poison(materials)));
    const canary = Buffer.from(CANARY);
    const stolen = { type: 'record', command: CANARY, commandText: `SELECT '${CANARY}'`, dbUserName: CANARY };
    const sealed = (content: string | Uint8Array) => sealRecord(content, ENGINE, dataKey);
    const [first, lastOfChunk, firstOfNext, last, ...planted] = await Promise.all([
      canary,
      wrapMessage(canary, ENGINE, dataKey.ciphertext),
      wrapMessage(await sealMessage(gzipSync(CANARY), ENGINE, dataKey.plaintext), ENGINE, canary),
      wrapMessage(await sealMessage(canary, ENGINE, dataKey.plaintext), ENGINE, dataKey.ciphertext),
      Buffer.from(JSON.stringify({ type: CANARY, databaseActivityEvents: CANARY, key: CANARY })),
      sealed(innerRecord('cluster-OTHER', CANARY, [stolen])),
      sealed(innerRecord(cluster, CANARY, [stolen, null])),
      sealed(innerRecord(cluster, CANARY, [stolen]).slice(0, -1)),
      sealed(innerRecord(cluster, CANARY, [CANARY])),
      sealed(`{"${CANARY}`),
      sealed(Buffer.from([...canary, 0xff])),
      sealed(JSON.stringify({ type: CANARY, clusterId: CANARY })),
    ]);
    const data = [
      ...[first, ...Array<Uint8Array>(MAX_CHUNK_RECORDS - 2).fill(healthy), lastOfChunk],
      ...[firstOfNext, ...[...kinds, ...planted].flatMap((bad) => [healthy, bad]), healthy, last],
    ];

    const response = await lambda.invoke(createBatch(cluster, data));

    expect(response).toEqual(DURABLE);
    const kept = await readQuarantine(wire, cluster);
    const lines = await readArchive(wire, cluster);
    const bytes = new Map(kept.map(({ record: { kinesis } }) => [kinesis.sequenceNumber, kinesis.data]));
    expect(bytes.size).toBe(kept.length);
    expect(lines[0]?.key).toContain(`-${sequenceNumber(0)}-${sequenceNumber(MAX_CHUNK_RECORDS - 1)}.`);
    for (const { sequenceNumber: number } of lines) bytes.set(number, Buffer.from(healthy).toString('base64'));
    expect(bytes).toEqual(
      new Map(data.map((record, position) => [sequenceNumber(position), Buffer.from(record).toString('base64')])),
    );
    expect(kept.length + lines.length).toBe(data.length);
    const seen = [...lambda.log, ...(await wire.listKeys('')), JSON.stringify(wire.events)].join('\n');
    for (const word of [CANARY, canary.toString('base64'), canary.toString('hex')]) expect(seen).not.toContain(word);
  });

  it('twenty records under a key that KMS rejects cost one call', async () => {
    const materials = await createMaterials(wire, 'rejected');
    const data = await sealHealthy({ ...materials, dataKey: materials.foreignKey });
    const before = wire.count('kms Decrypt');

    await lambda.invoke(createBatch(materials.cluster, Array(20).fill(data)));

    expect(wire.count('kms Decrypt') - before).toBe(1);
    expect(await wire.listKeys(`quarantine/reason=KEY_REJECTED/source=${materials.cluster}/`)).toHaveLength(20);
  });
});

describe('what is strange and no poison is archived as it was sent', () => {
  it.each(STRANGE_RECORDS)('$name', async ({ name, events, archived }) => {
    const materials = await createMaterials(wire, name);
    const inner = innerRecord(materials.cluster, 'db-TEST', []).replace('[]', () => `[${events.join(',')}]`);

    const data = [await sealRecord(inner, ENGINE, materials.dataKey)];
    const response = await lambda.invoke(createBatch(materials.cluster, data));

    expect(response).toEqual(DURABLE);
    expect(await readQuarantine(wire, materials.cluster)).toEqual([]);
    const keys = (await wire.listKeys('activity/')).filter((key) => key.includes(`/source=${materials.cluster}/`));
    const objects = await Promise.all(keys.map((key) => wire.readObject(key)));
    const lines = objects.flatMap((object) => String(gunzipSync(object)).trimEnd().split('\n'));
    const prefix = '"record":';
    expect(lines.map((line) => line.slice(line.indexOf(prefix) + prefix.length, -1))).toEqual(
      events.slice(0, archived),
    );
  });
});
