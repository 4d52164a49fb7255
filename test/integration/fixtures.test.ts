import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import { VOCABULARIES } from '../../src/engines/index.ts';
import { createBatch, DURABLE, readArchive, readQuarantine, SHARD, sequenceNumber } from '../support/batch.ts';
import { startWire, type Wire, type WiredFunction } from '../support/wire.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures');
const read = (...path: readonly string[]) => JSON.parse(readFileSync(join(FOLDER, ...path), 'utf8'));

/** Samples of AWS' documentation: `<engine>-<number>.json`. What each must become lies under the same name in `expected`. */
const SAMPLES = readdirSync(FOLDER).filter((name) => /^(?!envelope).*-\d+\.json$/.test(name));

let wire: Wire;
let lambda: WiredFunction;
beforeAll(async () => {
  wire = await startWire();
  // rdsadmin's own logins and statements are dropped where the default rule stands.
  lambda = wire.startFunction({ DROP_RULES: '[]', PUBLISH_CLASSES: '*', PUBLISH_AUXILIARY: 'true' });
});
afterAll(() => wire.close());

/** The sample as the record that Kinesis would hold: some are printed without the record around the event. */
function toRecord(name: string) {
  const [, engine, number] = /^(.*)-(\d+)\.json$/.exec(name) ?? [];
  const sample = read(name);
  const events = sample.databaseActivityEventList ?? [sample];
  const kind = engine?.startsWith('aurora-') ? 'cluster' : 'db';
  const named = kind === 'cluster' ? sample.clusterId : sample.instanceId;
  const resourceId: string = named ?? `${kind}-${engine}-${number}`;
  const instanceId = sample.instanceId ?? (kind === 'db' ? resourceId : 'db-some_id');
  const text = sample.databaseActivityEventList
    ? JSON.stringify(sample, null, 2)
    : innerRecord(resourceId, instanceId, events);
  return { engine: engine as SealingEngine, position: Number(number), resourceId, text, event: events[0] };
}

describe('a sample of AWS, encrypted as RDS does, goes through the whole handler', () => {
  it('with an expectation for every sample, and samples of every engine', () => {
    const engines = Object.keys(VOCABULARIES).filter((engine) => engine !== 'unknown');

    expect(readdirSync(join(FOLDER, 'expected')).sort()).toEqual(SAMPLES.sort());
    expect(new Set(SAMPLES.map((name) => name.replace(/-\d+\.json$/, '')))).toEqual(new Set(engines));
  });

  it.each(SAMPLES)('%s', async (name) => {
    const { engine, position, resourceId, text, event } = toRecord(name);
    const data = await sealRecord(text, engine, await wire.generateDataKey(resourceId));
    const expected = read('expected', name);
    const eventId = `${resourceId}/${SHARD}/${sequenceNumber(position)}/0`;

    const response = await lambda.invoke(createBatch(resourceId, [data], position));

    expect(response).toEqual(DURABLE);
    const lines = (await readArchive(wire)).filter((line) => line.eventId === eventId);
    expect(lines).toEqual([{ ...expected.line, record: event, key: expected.event.detail.metadata.archive.key }]);
    const published = wire.events.filter(({ detail }) => detail.metadata.eventId === eventId);
    expect(published).toMatchObject([expected.event]);
    expect(published[0]?.detail).toEqual(expected.event.detail);
  });

  it('and a heartbeat leaves nothing behind', async () => {
    const sample = read('aurora-postgresql-heartbeat-inferred.json');
    const dataKey = await wire.generateDataKey(sample.clusterId);
    const data = await sealRecord(JSON.stringify(sample), 'aurora-postgresql', dataKey);
    const before = wire.calls().length;

    await lambda.invoke(createBatch(sample.clusterId, [data]));

    const calls = wire.calls().slice(before);
    expect(calls.map(({ operation }) => operation)).toEqual(['Decrypt']);
  });
});

describe('a real record, whose data key nobody here can decrypt', () => {
  it.each(['envelope-aurora-postgresql-1.json', 'envelope-aurora-postgresql-2.json', 'envelope-aurora-mysql-1.json'])(
    '%s is read up to its key, and kept',
    async (name) => {
      const data = readFileSync(join(FOLDER, name));
      const resourceId = `cluster-${name.replace('.json', '')}`;

      await lambda.invoke(createBatch(resourceId, [data]));

      const kept = await readQuarantine(wire, resourceId);
      expect(kept).toMatchObject([{ reason: 'KEY_REJECTED', record: { kinesis: { data: data.toString('base64') } } }]);
    },
  );

  it('of a whole Lambda event is kept under the day of its arrival', async () => {
    const { records: Records } = read('kinesis-event-aurora-postgresql-heartbeat.json');

    expect(await lambda.invoke({ Records })).toEqual(DURABLE);

    const folder = 'quarantine/reason=KEY_REJECTED/source=cluster-5Y24GQVK66OGA7MV4WTNHI3TZY/dt=2022-02-14/';
    expect(await wire.listKeys(folder)).toHaveLength(1);
  });
});
