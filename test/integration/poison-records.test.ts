import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, sealMessage, sealRecord, wrapMessage } from '../../local/database-activity.ts';
import { createBatch, readArchive, readQuarantine, sequenceNumber } from '../support/batch.ts';
import { type Materials, POISON_RECORDS, STRANGE_RECORDS } from '../support/poison-records.ts';
import { startWire, type Wire, type WiredFunction } from '../support/wire.ts';

const ENGINE = 'aurora-postgresql';
const CANARY = 'canary';

let wire: Wire;
let lambda: WiredFunction;
beforeAll(async () => {
  wire = await startWire();
  lambda = wire.startFunction();
});
afterAll(() => wire.close());

/** A cluster for each case keeps what one wrote apart from the others. */
async function createMaterials(name: string): Promise<Materials> {
  const cluster = `cluster-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  const [dataKey, otherKey, foreignKey] = await Promise.all([
    wire.generateDataKey(cluster),
    wire.generateDataKey(cluster),
    wire.generateDataKey('cluster-OTHER'),
  ]);
  return { cluster, dataKey, otherKey, foreignKey };
}

async function sealHealthy({ cluster, dataKey }: Materials): Promise<Uint8Array> {
  const select = { type: 'record', serverType: 'PostgreSQL', command: 'SELECT', commandText: 'SELECT 1' };
  return sealRecord(innerRecord(cluster, 'db-TEST', [select]), ENGINE, dataKey);
}

/** Batches, by their size and where poison stands in them: alone, first, in the middle, last. */
const BATCHES: readonly (readonly [number, readonly number[]])[] = [
  [1, [0]],
  [10, [0]],
  [10, [5]],
  [10, [9]],
  [500, [0, 250, 499]],
];

describe('a poison record is quarantined as it was delivered, and blocks nothing, wherever it stands in a batch', () => {
  it.each(POISON_RECORDS)('%s: %s', async (name, reason, stage, poison) => {
    const materials = await createMaterials(name);
    const { cluster } = materials;
    const [healthy, bad] = [await sealHealthy(materials), await poison(materials)];
    const poisoned: number[] = [];
    let from = 0;

    for (const [size, places] of BATCHES) {
      const data = Array.from({ length: size }, (_, place) => (places.includes(place) ? bad : healthy));
      const response = await lambda.invoke(createBatch(cluster, data, from));

      expect(response).toEqual({ batchItemFailures: [] });
      poisoned.push(...places.map((place) => from + place));
      from += size;
    }

    const quarantined = await readQuarantine(wire, cluster);
    expect(quarantined.map(({ key }) => key)).toEqual(
      poisoned.map(
        (position) =>
          `quarantine/reason=${reason}/source=${cluster}/dt=2026-03-01/shardId-000000000003-${sequenceNumber(position)}.json`,
      ),
    );
    for (const [index, { key, ...body }] of quarantined.entries()) {
      const [record] = createBatch(cluster, [bad], poisoned[index]).Records;
      expect(body).toEqual({ reason, stage, record });
    }
    const healthyOnes = Array.from({ length: from }, (_, position) => position).filter(
      (position) => !poisoned.includes(position),
    );
    const lines = await readArchive(wire, cluster);
    expect(lines.map((line) => line.sequenceNumber).sort()).toEqual(healthyOnes.map(sequenceNumber));
    const announced = wire.events.filter(({ detail }) => detail.data.resourceId === cluster);
    expect(announced.map((event) => [event['detail-type'], event.detail.data])).toEqual(
      poisoned.map((position, index) => [
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

  it('a thousand poison records of all kinds in one batch cost no failed invocation and no secret', async () => {
    const materials = await createMaterials('all kinds');
    const kinds = await Promise.all(POISON_RECORDS.map(([, , , poison]) => poison(materials)));
    const { cluster, dataKey } = materials;
    const canary = Buffer.from(CANARY);
    const stolen = { type: 'record', command: CANARY, commandText: `SELECT '${CANARY}'`, dbUserName: CANARY };
    const planted = [
      wrapMessage(canary, ENGINE, dataKey.ciphertext),
      wrapMessage(await sealMessage(gzipSync(CANARY), ENGINE, dataKey.plaintext), ENGINE, canary),
      wrapMessage(await sealMessage(canary, ENGINE, dataKey.plaintext), ENGINE, dataKey.ciphertext),
      await sealRecord(innerRecord('cluster-OTHER', CANARY, [stolen]), ENGINE, dataKey),
      await sealRecord(innerRecord(cluster, CANARY, [stolen, null]), ENGINE, dataKey),
      await sealRecord(innerRecord(cluster, CANARY, [stolen]).slice(0, -1), ENGINE, dataKey),
      Buffer.from(CANARY),
      Buffer.from(JSON.stringify({ type: CANARY, databaseActivityEvents: CANARY, key: CANARY })),
      await sealRecord(`{"${CANARY}`, ENGINE, materials.dataKey),
      await sealRecord(Buffer.from([...Buffer.from(CANARY), 0xff]), ENGINE, materials.dataKey),
      await sealRecord(JSON.stringify({ type: CANARY, clusterId: CANARY }), ENGINE, materials.dataKey),
      await sealRecord(innerRecord(materials.cluster, CANARY, [CANARY]), ENGINE, materials.dataKey),
    ];
    const mixed = [...kinds, ...planted];
    const data = Array.from(
      { length: 1000 },
      (_, place) => (mixed[place] ?? planted[place % planted.length]) as Uint8Array,
    );

    const response = await lambda.invoke(createBatch(materials.cluster, data));

    expect(response).toEqual({ batchItemFailures: [] });
    const kept = await readQuarantine(wire, materials.cluster);
    expect(kept.map(({ record }) => record.kinesis.data).sort()).toEqual(
      data.map((bytes) => Buffer.from(bytes).toString('base64')).sort(),
    );
    const seen = [...lambda.log, ...(await wire.listKeys('')), JSON.stringify(wire.events)].join('\n');
    for (const word of [CANARY, canary.toString('base64'), canary.toString('hex')]) expect(seen).not.toContain(word);
  });

  it('a thousand records under a key that KMS rejects cost one call', async () => {
    const materials = await createMaterials('rejected');
    const data = await sealHealthy({ ...materials, dataKey: materials.foreignKey });
    const before = wire.count('kms Decrypt');

    await lambda.invoke(
      createBatch(
        materials.cluster,
        Array.from({ length: 1000 }, () => data),
      ),
    );

    expect(wire.count('kms Decrypt') - before).toBe(1);
    expect(await wire.listKeys(`quarantine/reason=KEY_REJECTED/source=${materials.cluster}/`)).toHaveLength(1000);
  });
});

describe('what is strange and no poison is archived as it was sent', () => {
  it.each(STRANGE_RECORDS)('$name', async ({ name, events, archived }) => {
    const materials = await createMaterials(name);
    const inner = innerRecord(materials.cluster, 'db-TEST', []).replace('[]', () => `[${events.join(',')}]`);

    const data = [await sealRecord(inner, ENGINE, materials.dataKey)];
    const response = await lambda.invoke(createBatch(materials.cluster, data));

    expect(response).toEqual({ batchItemFailures: [] });
    expect(await readQuarantine(wire, materials.cluster)).toEqual([]);
    const keys = (await wire.listKeys('activity/')).filter((key) => key.includes(`/source=${materials.cluster}/`));
    const lines = await Promise.all(
      keys.map(async (key) =>
        gunzipSync(await wire.readObject(key))
          .toString()
          .trimEnd()
          .split('\n'),
      ),
    );
    const records = lines.flat().map((line) => line.slice(line.indexOf('"record":') + '"record":'.length, -1));
    expect(records).toEqual(events.slice(0, archived));
  });
});
