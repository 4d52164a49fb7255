import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import type { LambdaFunction } from '../../local/lambda.ts';
import { createBatch, readArchive, readQuarantine } from '../support/batch.ts';
import { startWire, type Wire } from '../support/wire.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures');
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

/** What each sample of AWS' documentation must become. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // rdsadmin's own logins and statements are dropped where the default rule stands.
  'aurora-postgresql-1.json': {
    class: 'CONNECT',
    action: 'CONNECT',
    user: 'rdsadmin',
    time: '2019-10-30T00:39:49.990579Z',
  },
  'aurora-postgresql-2.json': { class: 'DDL', action: 'CREATE TABLE', statementClass: 'DDL' },
  'aurora-postgresql-3.json': { class: 'DQL', action: 'SELECT', objectName: 'public.my_table', rowCount: 10 },
  'aurora-postgresql-8.json': { class: 'DDL', action: 'CREATE INDEX', user: 'compass', sessionId: '60b98a86.4f64' },
  'aurora-mysql-1.json': { class: 'CONNECT', action: 'CONNECT', errorCode: null, time: '2020-05-22T18:07:13.267214Z' },
  'aurora-mysql-2.json': { class: 'DDL', action: 'CREATE TABLE', auxiliary: false, sessionId: '725118' },
  'aurora-mysql-3.json': { class: 'DDL', action: 'CREATE', auxiliary: true, objectName: 'test1' },
  'aurora-mysql-5.json': { class: 'DQL', action: 'READ', auxiliary: true },
  'aurora-mysql-6.json': { class: 'DQL', action: 'READ', auxiliary: true, instanceId: 'db-some_id' },
};

let wire: Wire;
let lambda: LambdaFunction;
beforeAll(async () => {
  wire = await startWire();
  lambda = wire.startFunction({ DROP_RULES: '[]' });
});
afterAll(() => wire.close());

describe('a sample of AWS, encrypted as Aurora does, goes through the whole handler', () => {
  it('and every sample is looked at', () => {
    const samples = readdirSync(FOLDER).filter((name) => /^aurora-.*\d\.json$/.test(name));

    expect(Object.keys(EXPECTED).sort()).toEqual(samples.sort());
  });

  it.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
    const sample = read(name);
    const events = sample.databaseActivityEventList ?? [sample];
    const resourceId = sample.clusterId ?? `cluster-${name.replace('.json', '')}`;
    const engine = name.replace(/-\d+\.json$/, '') as SealingEngine;
    const inner = sample.databaseActivityEventList
      ? JSON.stringify(sample, null, 2)
      : innerRecord(resourceId, 'db-1', events);
    const data = await sealRecord(inner, engine, await wire.generateDataKey(resourceId));
    const position = Object.keys(EXPECTED).indexOf(name) * 10;

    const response = await lambda.invoke(createBatch(resourceId, [data], position));

    const batch = createBatch(resourceId, [data], position).Records[0];
    const lines = (await readArchive(wire)).filter(
      ({ sequenceNumber }) => sequenceNumber === batch?.kinesis.sequenceNumber,
    );
    expect(response).toEqual({ batchItemFailures: [] });
    expect(lines).toMatchObject([{ ...expected, engine, resourceId, outcome: 'SUCCESS', record: events[0] }]);
  });

  it('and a heartbeat leaves nothing behind', async () => {
    const sample = read('aurora-postgresql-heartbeat-inferred.json');
    const dataKey = await wire.generateDataKey(sample.clusterId);
    const before = wire.calls().filter(({ service }) => service === 's3').length;

    await lambda.invoke(
      createBatch(sample.clusterId, [await sealRecord(JSON.stringify(sample), 'aurora-postgresql', dataKey)]),
    );

    expect(wire.calls().filter(({ service }) => service === 's3')).toHaveLength(before);
  });
});

describe('a real record, whose data key nobody here can decrypt', () => {
  it.each(['envelope-aurora-postgresql-1.json', 'envelope-aurora-postgresql-2.json', 'envelope-aurora-mysql-1.json'])(
    '%s is read up to its key, and kept',
    async (name) => {
      const data = readFileSync(join(FOLDER, name));
      const resourceId = `cluster-${name.replace('.json', '')}`;

      await lambda.invoke(createBatch(resourceId, [data]));

      const kept = (await readQuarantine(wire)).filter(({ key }) => key.includes(resourceId));
      expect(kept).toMatchObject([{ reason: 'KEY_REJECTED', record: { kinesis: { data: data.toString('base64') } } }]);
    },
  );

  it('of a whole Lambda event is kept under the day of its arrival', async () => {
    const { records: Records } = read('kinesis-event-aurora-postgresql-heartbeat.json');

    const response = await lambda.invoke({ Records });

    expect(response).toEqual({ batchItemFailures: [] });
    expect(
      await wire.listKeys('quarantine/reason=KEY_REJECTED/source=cluster-5Y24GQVK66OGA7MV4WTNHI3TZY/dt=2022-02-14/'),
    ).toHaveLength(1);
  });
});
