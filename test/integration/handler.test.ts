import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { readMetrics } from '../../local/outcome.ts';
import { createWorkload } from '../../local/workload.ts';
import {
  ARRIVAL_MS,
  createBatch,
  DURABLE,
  failedFrom,
  readArchive,
  readQuarantine,
  sequenceNumber,
} from '../support/batch.ts';
import { failing, resetting, startWire, type Wire } from '../support/wire.ts';

const ENGINE = 'aurora-postgresql';
const CLUSTER = 'cluster-TEST';
const CREATE_TABLE = {
  type: 'record',
  serverType: 'PostgreSQL',
  class: 'DDL',
  command: 'CREATE TABLE',
  commandText: "CREATE TABLE t (a text DEFAULT 'canary-literal')",
  dbUserName: 'alice',
  databaseName: 'payroll',
  logTime: '2026-03-01 12:59:58.123456+00',
};
const SELECT = { ...CREATE_TABLE, class: 'READ', command: 'SELECT', commandText: 'SELECT 1 FROM t' };
const HEARTBEAT = { type: 'heartbeat' };

let wire: Wire;
beforeEach(async () => {
  wire = await startWire();
});
afterEach(() => wire.close());

const contentOf = (...events: readonly unknown[]) => innerRecord(CLUSTER, 'db-TEST', events);

async function seal(...events: readonly unknown[]): Promise<Buffer> {
  return sealRecord(contentOf(...events), ENGINE, await wire.generateDataKey(CLUSTER));
}

/** A batch of one record for each list of events. */
async function batchOf(...records: readonly (readonly unknown[])[]) {
  return createBatch(CLUSTER, await Promise.all(records.map((events) => seal(...events))));
}

// test/integration/start.test.ts compares what is stored and published of such records, event by event.
it('mixed records of all engines balance in the metrics: received = heartbeats + dropped + archived', async () => {
  const instances = [
    { engine: 'aurora-postgresql', resourceId: 'cluster-PG', instanceId: 'db-1' },
    { engine: 'aurora-mysql', resourceId: 'cluster-MY', instanceId: 'db-2' },
    { engine: 'aurora-postgresql', resourceId: 'cluster-PG', instanceId: 'db-3' },
    { engine: 'oracle', resourceId: 'db-4', instanceId: 'db-4' },
    { engine: 'sqlserver', resourceId: 'db-5', instanceId: 'db-5' },
  ] as const;
  const keyed = await Promise.all(
    instances.map(async (instance) => ({ ...instance, dataKey: await wire.generateDataKey(instance.resourceId) })),
  );
  const records = await Array.fromAsync(createWorkload(100, keyed));
  const lambda = wire.startFunction({ ARCHIVE_CLASSES: 'DDL,DML', PUBLISH_CLASSES: 'DDL' });

  for (const [resourceId, group] of Map.groupBy(records, (record) => record.resourceId)) {
    const data = group.map((record) => record.data);
    expect(await lambda.invoke(createBatch(resourceId, data))).toEqual(DURABLE);
  }

  const metrics = readMetrics(lambda.log);
  const events = records.flatMap(({ fate }) => (typeof fate === 'string' ? [] : fate));
  const ddl = events.filter((event) => event.kind === 'archived' && event.class === 'DDL');
  const auxiliary = ddl.filter((event) => event.kind === 'archived' && event.auxiliary);
  const sum = (name: string) =>
    [...metrics].reduce((all, [key, value]) => (key.split('/')[0] === name ? all + value : all), 0);
  expect(sum('HeartbeatsReceived') + sum('EventsDropped') + sum('EventsArchived')).toBe(events.length);
  expect(metrics.get('EventsDropped/class')).toBeGreaterThan(0);
  expect(sum('EventsPublished')).toBe(wire.events.length - 1);
  expect(Object.fromEntries(metrics)).toMatchObject({
    RecordsReceived: records.length,
    EventsReceived: events.length,
    // AUX events repeat a statement: they are counted, but not as one.
    'EventsArchived/DDL': ddl.length - auxiliary.length,
    'EventsArchived/AUXILIARY': auxiliary.length,
    'RecordsQuarantined/DECRYPT_FAILED': 1,
    DataKeyDecryptCalls: instances.length,
    // Every record but those that were first under their key.
    DataKeyCacheHits: records.length - instances.length,
  });
});

describe('a chunk', () => {
  it('is archived before it is published', async () => {
    await wire.startFunction().invoke(await batchOf([CREATE_TABLE], [SELECT]));

    const order = wire.calls().map(({ service, operation }) => `${service} ${operation}`);
    expect(order.filter((call) => !call.startsWith('kms'))).toEqual([
      's3 PUT object',
      's3 PUT object',
      'events PutEvents',
    ]);
  });

  it('leaves a trace of its heartbeats in each of its objects', async () => {
    await wire.startFunction().invoke(await batchOf([HEARTBEAT], [CREATE_TABLE, SELECT], [SELECT, HEARTBEAT]));

    const keys = await wire.listKeys('activity/');
    const traces = await Promise.all(keys.map(async (key) => (await wire.readMetadata(key)).heartbeats));
    expect(traces).toEqual(Array(2).fill(`db-TEST=${ARRIVAL_MS}-${ARRIVAL_MS + 2}`));
  });

  it('across the hour is archived as an object for each hour', async () => {
    const data = await Promise.all(Array.from({ length: 3 }, () => seal(CREATE_TABLE)));

    await wire.startFunction().invoke(createBatch(CLUSTER, data, 499));

    const keys = await wire.listKeys('activity/');
    expect(keys.map((key) => key.split('/').slice(1, 5).join('/'))).toEqual([
      `class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=12`,
      `class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=13`,
    ]);
  });
});

// test/invariants/mishaps.test.ts has every fault of every call.
describe('a service that fails', () => {
  it.each([
    ['KMS', resetting('kms Decrypt')],
    ['S3', failing('s3 PUT object', 'AccessDenied', 403)],
    ['EventBridge', failing('events PutEvents', 'ThrottlingException', 400)],
  ])('%s: nothing of the chunk is acknowledged, published or counted before the redelivery', async (_name, fault) => {
    const lambda = wire.startFunction();
    const batch = await batchOf([CREATE_TABLE], [SELECT, HEARTBEAT]);
    wire.failWith(fault);

    const first = await lambda.invoke(batch);
    const publishedFirst = wire.events.length;
    wire.failWith(() => false);
    const second = await lambda.invoke(batch);

    expect([first, second]).toEqual([failedFrom(0), DURABLE]);
    expect([publishedFirst, wire.events.length]).toEqual([0, 1]);
    expect(await readQuarantine(wire)).toEqual([]);
    const lines = await readArchive(wire);
    expect(lines.map((line) => line.sequenceNumber).sort()).toEqual([0, 1].map(sequenceNumber));
    expect(Object.fromEntries(readMetrics(lambda.log))).toMatchObject({ RecordsFailed: 2, HeartbeatsReceived: 1 });
  });

  it('S3, where two writers race: the object is put again within the invocation', async () => {
    const lambda = wire.startFunction();
    wire.failWith(failing('s3 PUT object', 'ConditionalRequestConflict', 409, 1));

    expect(await lambda.invoke(await batchOf([CREATE_TABLE]))).toEqual(DURABLE);
    expect(await readArchive(wire)).toHaveLength(1);
  });

  it('for some entries gets these alone again', async () => {
    const lambda = wire.startFunction();
    const failedOnce = new Set<string>();
    wire.failEntries(({ Detail: detail }) => {
      const { eventId } = JSON.parse(String(detail)).metadata;
      if (!/[0-4]$/.test(eventId) || failedOnce.has(eventId)) return null;
      failedOnce.add(eventId);
      return 'ThrottlingException';
    });

    const response = await lambda.invoke(await batchOf(Array(10).fill(CREATE_TABLE)));

    expect(response).toEqual(DURABLE);
    expect(wire.events.map(({ detail }) => detail.metadata.eventId?.at(-1)).sort()).toEqual([...'0123456789']);
    expect(wire.count('events PutEvents')).toBe(2);
    expect(readMetrics(lambda.log).get('PublishRetries')).toBe(5);
  });
});

describe('events that the bus can never accept', () => {
  it.each([
    ['MalformedDetail', 5, '*'],
    ['MalformedDetail', 5, 'DML'],
    ['InvalidArgument', 10, 'DML'],
  ])(
    '%s: %d of ten block nothing and are archived and counted, where ARCHIVE_CLASSES=%s',
    async (code, count, classes) => {
      const lambda = wire.startFunction({ ARCHIVE_CLASSES: classes });
      wire.failEntries(({ Detail: detail }) => (String(detail).includes('refused_table') ? code : null));
      const refused = Array(count).fill({ ...CREATE_TABLE, objectName: 'refused_table' });
      const batch = await batchOf([...refused, ...Array(10 - count).fill(CREATE_TABLE)]);

      const responses = [await lambda.invoke(batch), await lambda.invoke(batch)];

      expect(responses).toEqual([DURABLE, DURABLE]);
      const archived = classes === '*' ? 10 : count;
      expect((await readArchive(wire)).map(({ key, index }) => [key.split('/')[1], index])).toEqual(
        Array.from({ length: archived }, (_, index) => ['class=DDL', index]),
      );
      expect(wire.events).toHaveLength(2 * (10 - count));
      expect(wire.count('events PutEvents')).toBe(2);
      const metrics = readMetrics(lambda.log);
      expect(metrics.get('EventsRefused')).toBe(2 * count);
      expect(metrics.get('EventsArchived/DDL')).toBe(2 * archived);
      expect(metrics.get('EventsPublished/DDL') ?? 0).toBe(2 * (10 - count));
      expect(metrics.get('EventsDropped/class')).toBeUndefined();
    },
  );

  it('are archived in their order, however the calls are answered', async () => {
    wire.failEntries(() => 'MalformedDetail');
    let proceedFirst: (() => void) | null = null;
    wire.failWith(({ operation }, _request, response, proceed) => {
      if (operation !== 'PutEvents') return false;
      if (proceedFirst === null) {
        proceedFirst = proceed;
        return true;
      }
      response.once('finish', proceedFirst);
      return false;
    });

    await wire.startFunction({ ARCHIVE_CLASSES: 'DML' }).invoke(await batchOf(Array(20).fill(CREATE_TABLE)));

    expect((await readArchive(wire)).map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });
});

describe('a batch of several chunks', () => {
  const CHUNK = 20;
  /** Ends a chunk by its size after so many records of such an event. */
  const chunksOf = (event: unknown) => ({ MAX_RECORD_BYTES: String(2 * CHUNK * contentOf(event).length) });

  async function createChunks(count: number) {
    const [one, other] = [await seal(CREATE_TABLE), await seal(SELECT)];
    const data = Array.from({ length: count * CHUNK }, (_, position) => (position % CHUNK === 0 ? one : other));
    return { batch: createBatch(CLUSTER, data), rest: (from: number) => createBatch(CLUSTER, data.slice(from), from) };
  }

  it('is acknowledged up to the first chunk that is not durable; the redelivery of the rest makes no duplicate', async () => {
    const lambda = wire.startFunction(chunksOf(SELECT));
    const { batch, rest } = await createChunks(3);
    wire.failEntries(({ Detail: detail }) =>
      JSON.parse(String(detail)).metadata.sequenceNumber === sequenceNumber(CHUNK) ? 'InternalFailure' : null,
    );

    const first = await lambda.invoke(batch);
    wire.failEntries(() => null);
    const second = await lambda.invoke(rest(CHUNK));

    expect([first, second]).toEqual([failedFrom(CHUNK), DURABLE]);
    expect((await readArchive(wire)).map((line) => line.sequenceNumber).sort()).toEqual(
      Array.from({ length: 3 * CHUNK }, (_, position) => sequenceNumber(position)),
    );
    expect(wire.events.map(({ detail }) => detail.metadata.sequenceNumber).sort()).toEqual(
      [0, CHUNK, 2 * CHUNK].map(sequenceNumber),
    );
  });

  it('has its next chunk opened while one is made durable, and nothing of it written before', async () => {
    const [one, other] = [await seal(CREATE_TABLE), await seal(CREATE_TABLE)];
    // The second data key is wanted behind what is decrypted ahead for the first chunk.
    const data = [...Array(CHUNK + 10).fill(one), other];
    const opened = Promise.withResolvers<void>();
    wire.failWith((call, _request, _response, proceed) => {
      if (call.service === 'kms' && wire.count('kms Decrypt') === 2) opened.resolve();
      if (call.service !== 's3') return false;
      opened.promise.then(proceed);
      return true;
    });

    const response = await wire.startFunction(chunksOf(CREATE_TABLE)).invoke(createBatch(CLUSTER, data));

    expect(response).toEqual(DURABLE);
    const writes = wire.calls().filter(({ service }) => service !== 'kms');
    expect(writes.map(({ operation }) => operation)).toEqual(
      [CHUNK, 11].flatMap((records) => ['PUT object', ...Array(Math.ceil(records / 10)).fill('PutEvents')]),
    );
    const objects = writes.filter(({ service }) => service === 's3');
    expect(objects.map(({ path }) => /-(\d+)-\d+\.ndjson/.exec(path)?.[1])).toEqual([0, CHUNK].map(sequenceNumber));
  });

  it('is begun, and left at a boundary when the time is up', async () => {
    const lambda = wire.startFunction(chunksOf(SELECT), 5);
    const { batch } = await createChunks(2);

    const response = await lambda.invoke(batch);

    expect(response).toEqual(failedFrom(CHUNK));
    expect(await readArchive(wire)).toHaveLength(CHUNK);
    expect(readMetrics(lambda.log).get('RecordsFailed')).toBe(CHUNK);
  });

  it('is not opened further behind a record that may succeed later, and nothing goes on after the response', async () => {
    const lambda = wire.startFunction(chunksOf(SELECT));
    const { batch } = await createChunks(2);
    const { key } = JSON.parse(String(Buffer.from(batch.Records[0]?.kinesis.data ?? '', 'base64')));
    wire.failWith((call, request, ...others) => {
      if (call.service !== 'kms') return failing('s3 PUT object', 'SlowDown', 503)(call, request, ...others);
      text(request).then((body) => {
        const code = body.includes(key) ? 'AccessDeniedException' : 'ThrottlingException';
        failing('kms Decrypt', code, 400)(call, request, ...others);
      });
      return true;
    });

    const response = await lambda.invoke(batch);
    const calls = wire.calls().map(({ operation }) => operation);
    // Time passes in its back-off.
    await lambda.invoke(createBatch(CLUSTER, [Buffer.from('no envelope')]));

    expect(response).toEqual(failedFrom(0));
    expect(calls).toEqual(['Decrypt', 'Decrypt']);
    expect(wire.count('kms Decrypt')).toBe(calls.length);
  });
});

describe('a redelivered batch', () => {
  it('changes nothing in the archive, and repeats the same ids on the bus', async () => {
    const lambda = wire.startFunction();
    const batch = await batchOf([CREATE_TABLE], [SELECT]);

    await lambda.invoke(batch);
    const once = await readArchive(wire);
    const response = await lambda.invoke(batch);

    expect(response).toEqual(DURABLE);
    expect(await readArchive(wire)).toEqual(once);
    expect(wire.events.map(({ detail }) => detail.metadata.eventId)).toEqual([once[0]?.eventId, once[0]?.eventId]);
    expect(readMetrics(lambda.log).get('ArchiveConflicts')).toBeUndefined();
  });

  it('writes beside other content under its key; under both keys it overwrites and publishes nothing', async () => {
    const lambda = wire.startFunction();
    const batch = await batchOf([CREATE_TABLE]);
    await lambda.invoke(batch);
    const [key = ''] = await wire.listKeys('activity/');

    await wire.writeObject(key, Buffer.from('other content'));
    const responses = [await lambda.invoke(batch)];

    const beside = (await wire.listKeys('activity/')).find((name) => name !== key) ?? '';
    expect(beside).toMatch(/~[0-9a-f]{8}\.ndjson\.gz$/);
    expect(beside.replace(/~[0-9a-f]{8}/, '')).toBe(key);
    expect(wire.events.at(-1)?.detail.metadata).toMatchObject({ archive: { bucket: 'archive', key: beside } });
    expect(readMetrics(lambda.log).get('ArchiveConflicts')).toBe(1);

    await wire.writeObject(beside, Buffer.from('other content too'));
    responses.push(await lambda.invoke(batch));

    expect(responses).toEqual([DURABLE, failedFrom(0)]);
    expect((await wire.listKeys('activity/')).toSorted()).toEqual([key, beside].toSorted());
    expect(String(await wire.readObject(key))).toBe('other content');
    expect(String(await wire.readObject(beside))).toBe('other content too');
    expect(wire.events).toHaveLength(2);
  });
});

describe('an event', () => {
  it.each<[string, object, string, string?]>([
    ['of an unknown engine', { ...SELECT, serverType: 'DuckDB', commandText: 'WOBBLE' }, 'UNKNOWN', 'unknown'],
    ['of an unknown command', { ...SELECT, command: 'WOBBLE', class: 'WOBBLE', commandText: 'WOBBLE' }, 'UNKNOWN'],
    ['without fields', {}, 'UNKNOWN', 'unknown'],
    [
      'with fields of unexpected types',
      { ...SELECT, class: 7, command: ['x'], commandText: {}, logTime: 5 },
      'UNKNOWN',
    ],
    ['with a server type that is no text', { ...CREATE_TABLE, serverType: { toString: 1 } }, 'DDL', 'unknown'],
    ['at the edge of the calendar', { ...CREATE_TABLE, logTime: '9999-12-31 23:59:59.5-01' }, 'DDL'],
    ['with half a surrogate pair', { ...CREATE_TABLE, dbUserName: 'a\uD800', commandText: 'CREATE "\uDC00"' }, 'DDL'],
    ['with a name longer than an entry', { ...CREATE_TABLE, clientApplication: 'x'.repeat(300_000) }, 'DDL'],
    ['with a statement longer than an entry', { ...CREATE_TABLE, commandText: `CREATE ${'é"'.repeat(2e5)}` }, 'DDL'],
  ])(
    '%s is archived whole, whatever ARCHIVE_CLASSES says, and published',
    async (_name, event, name, engine = ENGINE) => {
      const lambda = wire.startFunction({ ARCHIVE_CLASSES: 'DDL', PUBLISH_CLASSES: '*' });

      const response = await lambda.invoke(await batchOf([event]));

      expect(response).toEqual(DURABLE);
      const [line] = await readArchive(wire);
      expect(line).toMatchObject({ class: name, engine });
      expect(line?.record).toEqual(event);
      expect(wire.events).toHaveLength(1);
    },
  );

  it('leaks its literals, comments, parameters and error message into no log, no metric, no key and not onto the bus', async () => {
    const lambda = wire.startFunction({ PUBLISH_CLASSES: '*' });
    const secretive = {
      ...CREATE_TABLE,
      commandText: "CREATE TABLE t (a text DEFAULT 'canary-literal') /* canary-comment */",
      paramList: ['canary-parameter'],
      errorMessage: 'canary-message',
    };

    await lambda.invoke(await batchOf([secretive]));

    expect(wire.events).toHaveLength(1);
    const shown = [...lambda.log, ...(await wire.listKeys('')), JSON.stringify(wire.events)].join('\n');
    expect(shown).not.toContain('canary');
    expect((await readArchive(wire))[0]?.record).toEqual(secretive);
  });
});

describe('a bad start', () => {
  it('fails with one error that lists every bad variable', async () => {
    const lambda = wire.startFunction({ EVENT_BUS_NAME: 'no spaces', STATEMENT_TEXT: 'some', DROP_RULES: '{' });

    const invoked = lambda.invoke(createBatch(CLUSTER, []));

    await expect(invoked).rejects.toThrow(/EVENT_BUS_NAME.*\n.*STATEMENT_TEXT.*redacted, full, none.*\n.*DROP_RULES/);
  });

  it('fails for a stream that is no activity stream', async () => {
    const other = JSON.parse(JSON.stringify(await batchOf([SELECT])).replace('aws-rds-das-', 'orders-'));

    await expect(wire.startFunction().invoke(other)).rejects.toThrow('aws-rds-das-cluster-');
  });
});
