import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { readMetrics } from '../../local/outcome.ts';
import type { Fate } from '../../local/scenes.ts';
import { createWorkload } from '../../local/workload.ts';
import { ARRIVAL_MS, createBatch, readArchive, readQuarantine, SHARD, sequenceNumber } from '../support/batch.ts';
import { failing, resetting, startWire, type Wire } from '../support/wire.ts';

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
const PUBLISHED_BY_DEFAULT = ['DDL', 'DML', 'DCL', 'AUTH_FAILURE', 'ERROR'];

let wire: Wire;
beforeEach(async () => {
  wire = await startWire();
});
afterEach(() => wire.close());

async function seal(...events: readonly unknown[]): Promise<Buffer> {
  const dataKey = await wire.generateDataKey(CLUSTER);
  return sealRecord(innerRecord(CLUSTER, 'db-TEST', events), 'aurora-postgresql', dataKey);
}

describe('200 mixed records of all engines, under five data keys', () => {
  async function invokeBoth(environment = {}) {
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
    const records = await Array.fromAsync(createWorkload(200, keyed));
    const lambda = wire.startFunction(environment);
    const expected: (Fate & { id: string })[] = [];
    for (const [resourceId, group] of Map.groupBy(records, (record) => record.resourceId)) {
      const response = await lambda.invoke(
        createBatch(
          resourceId,
          group.map(({ data }) => data),
        ),
      );
      expect(response).toEqual({ batchItemFailures: [] });
      for (const [position, { fate }] of group.entries()) {
        if (typeof fate === 'string') continue;
        const prefix = `${resourceId}/${SHARD}/${sequenceNumber(position)}`;
        expected.push(...fate.map((one, index) => ({ ...one, id: `${prefix}/${index}` })));
      }
    }
    return { lambda, expected, records };
  }

  it('cost five KMS calls, and lie each event once under its class; only the published classes reach the bus', async () => {
    const { expected } = await invokeBoth();

    const archived = expected.flatMap((fate) => (fate.kind === 'archived' ? [fate] : []));
    const lines = await readArchive(wire);
    expect(wire.count('kms Decrypt')).toBe(5);
    expect(lines.map(({ key, eventId }) => `${key.split('/')[1]} ${eventId}`).sort()).toEqual(
      archived.map(({ class: name, id }) => `class=${name} ${id}`).sort(),
    );
    const published = archived.filter(
      ({ class: name, auxiliary }) => PUBLISHED_BY_DEFAULT.includes(name) && !auxiliary,
    );
    const announced = wire.events.filter((event) => event['detail-type'] !== 'Database Activity Record Quarantined');
    expect(announced.map((event) => `${event['detail-type']} ${event.detail.metadata.eventId}`).sort()).toEqual(
      published.map(({ class: name, id }) => `Database Activity ${name} ${id}`).sort(),
    );
    const ids = new Set(expected.filter(({ kind }) => kind === 'heartbeat').map(({ id }) => id));
    expect(ids.size).toBeGreaterThan(0);
    expect(lines.filter(({ eventId, record }) => ids.has(eventId) || record.type === 'heartbeat')).toEqual([]);
  });

  it('balance in the metrics: received = heartbeats + dropped + archived', async () => {
    const { lambda, expected, records } = await invokeBoth({ ARCHIVE_CLASSES: 'DDL,DML', PUBLISH_CLASSES: 'DDL' });

    const metrics = readMetrics(lambda.log);
    const sum = (name: string) =>
      [...metrics].reduce((all, [key, value]) => (key.split('/')[0] === name ? all + value : all), 0);
    expect(metrics.get('RecordsReceived')).toBe(records.length);
    expect(metrics.get('EventsReceived')).toBe(expected.length);
    expect(sum('HeartbeatsReceived') + sum('EventsDropped') + sum('EventsArchived')).toBe(expected.length);
    expect(metrics.get('EventsDropped/class')).toBeGreaterThan(0);
    const archived = expected.flatMap((fate) => (fate.kind === 'archived' ? [fate] : []));
    expect(metrics.get('EventsArchived/DDL')).toBe(
      archived.filter((event) => event.class === 'DDL' && !event.auxiliary).length,
    );
    // AUX events repeat a statement: they are counted, but not as one.
    expect(metrics.get('EventsArchived/AUXILIARY')).toBe(
      archived.filter((event) => event.class === 'DDL' && event.auxiliary).length,
    );
    expect(sum('EventsPublished')).toBe(wire.events.length - 1);
    expect(metrics.get('RecordsQuarantined/DECRYPT_FAILED')).toBe(1);
    expect(metrics.get('DataKeyDecryptCalls')).toBe(5);
    // Every record but those that were first under their key.
    expect(metrics.get('DataKeyCacheHits')).toBe(records.length - 5);
  });

  it('cost a KMS call each with the cache turned off', async () => {
    const { records } = await invokeBoth({ DATA_KEY_TTL_SECONDS: '0' });

    expect(wire.count('kms Decrypt')).toBe(records.length);
  });
});

describe('the order of work', () => {
  it('archives before it publishes', async () => {
    const lambda = wire.startFunction();

    await lambda.invoke(createBatch(CLUSTER, [await seal(CREATE_TABLE), await seal(SELECT)]));

    const order = wire.calls().map(({ service, operation }) => `${service} ${operation}`);
    expect(order.lastIndexOf('s3 PUT object')).toBeLessThan(order.indexOf('events PutEvents'));
    expect(order.filter((call) => call === 's3 PUT object')).toHaveLength(2);
  });

  it('leaves a trace of the heartbeats in every object of the chunk', async () => {
    const lambda = wire.startFunction();
    const heartbeat = { type: 'heartbeat' };

    await lambda.invoke(
      createBatch(CLUSTER, [await seal(heartbeat), await seal(CREATE_TABLE, SELECT), await seal(SELECT, heartbeat)]),
    );

    const keys = await wire.listKeys('activity/');
    const traces = await Promise.all(keys.map(async (key) => (await wire.readMetadata(key)).heartbeats));
    expect(traces).toEqual([`db-TEST=${ARRIVAL_MS}-${ARRIVAL_MS + 2}`, `db-TEST=${ARRIVAL_MS}-${ARRIVAL_MS + 2}`]);
  });

  it('publishes nothing that could not be archived', async () => {
    wire.failWith(failing('s3 PUT object', 'AccessDenied', 403));
    const lambda = wire.startFunction();

    const response = await lambda.invoke(createBatch(CLUSTER, [await seal(CREATE_TABLE)]));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
    expect(wire.events).toEqual([]);
  });

  it('cuts the batch at the hour: two objects, one checkpoint', async () => {
    const lambda = wire.startFunction();
    const data = await Promise.all(Array.from({ length: 3 }, () => seal(CREATE_TABLE)));
    const batch = createBatch(CLUSTER, data, 499);

    await lambda.invoke(batch);

    const keys = await wire.listKeys('activity/');
    expect(keys.map((key) => key.split('/').slice(1, 5).join('/'))).toEqual([
      `class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=12`,
      `class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=13`,
    ]);
  });
});

describe('a failing service: the chunk is reported, nothing is acknowledged, nothing lost', () => {
  it.each([
    ['KMS throttles', failing('kms Decrypt', 'ThrottlingException', 400)],
    ['KMS refuses access', failing('kms Decrypt', 'AccessDeniedException', 400)],
    ['the key is disabled', failing('kms Decrypt', 'DisabledException', 400)],
    ['the key is gone', failing('kms Decrypt', 'NotFoundException', 400)],
    ['KMS breaks the connection', resetting('kms Decrypt')],
    ['S3 is slow', failing('s3 PUT object', 'SlowDown', 503)],
    ['S3 has no such bucket', failing('s3 PUT object', 'NoSuchBucket', 404)],
    ['S3 breaks the connection', resetting('s3 PUT object')],
    ['EventBridge throttles', failing('events PutEvents', 'ThrottlingException', 400)],
    ['EventBridge refuses access', failing('events PutEvents', 'AccessDeniedException', 400)],
  ])('%s', async (_name, intercept) => {
    const lambda = wire.startFunction();
    const batch = createBatch(CLUSTER, [await seal(CREATE_TABLE), await seal(SELECT, { type: 'heartbeat' })]);
    wire.failWith(intercept);

    const first = await lambda.invoke(batch);
    wire.failWith(() => false);
    const second = await lambda.invoke(batch);

    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
    expect(second).toEqual({ batchItemFailures: [] });
    expect(await readQuarantine(wire)).toEqual([]);
    const lines = await readArchive(wire);
    expect(lines.map(({ eventId }) => eventId.split('/').at(-2)).sort()).toEqual([
      sequenceNumber(0),
      sequenceNumber(1),
    ]);
    expect(wire.events).toHaveLength(1);
    expect(readMetrics(lambda.log).get('RecordsFailed')).toBe(2);
    expect(readMetrics(lambda.log).get('HeartbeatsReceived')).toBe(1);
  });

  it('a quarantine that cannot be written holds the chunk back', async () => {
    const lambda = wire.startFunction();
    wire.failWith(failing('s3 PUT object', 'InternalError', 500));

    const response = await lambda.invoke(createBatch(CLUSTER, [Buffer.from('no envelope')]));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
    expect(wire.events).toEqual([]);
  });

  it('sends only the failed entries again', async () => {
    const lambda = wire.startFunction();
    const failedOnce = new Set<string>();
    wire.failEntries(({ Detail: detail }) => {
      const { eventId } = JSON.parse(String(detail)).metadata;
      if (!/[0-4]$/.test(eventId) || failedOnce.has(eventId)) return null;
      failedOnce.add(eventId);
      return 'ThrottlingException';
    });

    const events = Array.from({ length: 10 }, () => CREATE_TABLE);
    const response = await lambda.invoke(createBatch(CLUSTER, [await seal(...events)]));

    expect(response).toEqual({ batchItemFailures: [] });
    expect(wire.events.map(({ detail }) => detail.metadata.eventId?.at(-1)).sort()).toEqual([...'0123456789']);
    expect(wire.count('events PutEvents')).toBe(2);
    expect(readMetrics(lambda.log).get('PublishRetries')).toBe(5);
  });

  it.each(['MalformedDetail', 'InvalidArgument'])(
    'an entry that EventBridge can never accept is archived, and blocks nothing: %s',
    async (code) => {
      const lambda = wire.startFunction();
      wire.failEntries(({ Detail: detail }) => (String(detail).includes('refused_table') ? code : null));

      const refused = { ...CREATE_TABLE, objectName: 'refused_table' };
      const response = await lambda.invoke(createBatch(CLUSTER, [await seal(refused, CREATE_TABLE)]));

      expect(response).toEqual({ batchItemFailures: [] });
      expect(await readArchive(wire)).toHaveLength(2);
      expect(wire.events).toHaveLength(1);
      expect(readMetrics(lambda.log).get('EventsPublished/DDL')).toBe(1);
    },
  );

  it.each([5, 10])('%d of ten entries that it can never accept block nothing either', async (count) => {
    const lambda = wire.startFunction({ ARCHIVE_CLASSES: 'DML' });
    wire.failEntries(({ Detail: detail }) => (String(detail).includes('refused_table') ? 'MalformedDetail' : null));
    const refused = { ...CREATE_TABLE, objectName: 'refused_table' };
    const events = Array.from({ length: 10 }, (_, index) => (index < count ? refused : CREATE_TABLE));

    const response = await lambda.invoke(createBatch(CLUSTER, [await seal(...events)]));

    expect(response).toEqual({ batchItemFailures: [] });
    expect((await readArchive(wire)).map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, at) => at));
    expect(wire.events).toHaveLength(10 - count);
    expect(wire.count('events PutEvents')).toBe(1);
  });

  it('what the bus can never accept is archived in its order, however the calls are answered', async () => {
    const lambda = wire.startFunction({ ARCHIVE_CLASSES: 'DML' });
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

    await lambda.invoke(createBatch(CLUSTER, [await seal(...Array(20).fill(CREATE_TABLE))]));

    expect((await readArchive(wire)).map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('what the bus can never accept is archived even where its class is not, and counted', async () => {
    const lambda = wire.startFunction({ ARCHIVE_CLASSES: 'DML' });
    wire.failEntries(({ Detail: detail }) => (String(detail).includes('refused_table') ? 'MalformedDetail' : null));

    const refused = { ...CREATE_TABLE, objectName: 'refused_table' };
    const batch = createBatch(CLUSTER, [await seal(CREATE_TABLE, refused)]);
    const responses = [await lambda.invoke(batch), await lambda.invoke(batch)];

    expect(responses).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    expect((await readArchive(wire)).map(({ key, objectName }) => [key.split('/')[1], objectName])).toEqual([
      ['class=DDL', 'refused_table'],
    ]);
    const metrics = readMetrics(lambda.log);
    expect(metrics.get('EventsRefused')).toBe(2);
    expect(metrics.get('EventsArchived/DDL')).toBe(2);
    expect(metrics.get('EventsPublished/DDL')).toBe(2);
    expect(metrics.get('EventsDropped/class')).toBeUndefined();
  });

  it('entries that fail to the end hold the chunk back', async () => {
    const lambda = wire.startFunction();
    wire.failEntries(() => 'InternalFailure');

    const response = await lambda.invoke(createBatch(CLUSTER, [await seal(CREATE_TABLE)]));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
  });
});

describe('a batch of several chunks', () => {
  const CHUNK = 500;

  async function createChunks(count: number) {
    const [one, other] = [await seal(CREATE_TABLE), await seal(SELECT)];
    const data = Array.from({ length: count * CHUNK }, (_, position) => (position % CHUNK === 0 ? one : other));
    return { batch: createBatch(CLUSTER, data), rest: (from: number) => createBatch(CLUSTER, data.slice(from), from) };
  }

  it('is acknowledged up to the first chunk that is not durable; the rest, delivered again, makes no duplicate', async () => {
    const lambda = wire.startFunction();
    const { batch, rest } = await createChunks(3);
    wire.failEntries(({ Detail: detail }) =>
      JSON.parse(String(detail)).metadata.sequenceNumber === sequenceNumber(CHUNK) ? 'InternalFailure' : null,
    );

    const first = await lambda.invoke(batch);
    wire.failEntries(() => null);
    const second = await lambda.invoke(rest(CHUNK));

    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(CHUNK) }] });
    expect(second).toEqual({ batchItemFailures: [] });
    const ids = (await readArchive(wire)).map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(3 * CHUNK);
    expect(ids).toHaveLength(3 * CHUNK);
    expect(wire.events.map(({ detail }) => detail.metadata.sequenceNumber).sort()).toEqual(
      [0, CHUNK, 2 * CHUNK].map(sequenceNumber),
    );
  });

  it('opens the next chunk while one is made durable, and writes nothing of it before', async () => {
    const lambda = wire.startFunction();
    const [one, other] = [await seal(CREATE_TABLE), await seal(CREATE_TABLE)];
    // The second data key is wanted far behind what is decrypted ahead for the first chunk.
    const data = [...Array(CHUNK + 20).fill(one), other];
    const opened = Promise.withResolvers<void>();
    wire.failWith((call, _request, _response, proceed) => {
      if (call.service === 'kms' && wire.count('kms Decrypt') === 2) opened.resolve();
      if (call.service !== 's3') return false;
      opened.promise.then(proceed);
      return true;
    });

    const response = await lambda.invoke(createBatch(CLUSTER, data));

    expect(response).toEqual({ batchItemFailures: [] });
    const writes = wire.calls().filter(({ service }) => service !== 'kms');
    const [first, second] = [0, CHUNK].map((from) =>
      writes.findIndex(({ path }) => path.includes(sequenceNumber(from))),
    );
    expect(first).toBe(0);
    expect(writes.slice(0, second).filter(({ service }) => service === 'events')).toHaveLength(CHUNK / 10);
    expect(writes.slice(second).map(({ operation }) => operation)).toEqual([
      'PUT object',
      'PutEvents',
      'PutEvents',
      'PutEvents',
    ]);
  });

  it('is begun, and left at a boundary when the time is up', async () => {
    const lambda = wire.startFunction({}, 5);
    const { batch } = await createChunks(2);

    const response = await lambda.invoke(batch);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(CHUNK) }] });
    expect(await readArchive(wire)).toHaveLength(CHUNK);
    expect(readMetrics(lambda.log).get('RecordsFailed')).toBe(CHUNK);
  });

  it('is not opened further behind a record that may succeed later, and nothing goes on after the answer', async () => {
    const lambda = wire.startFunction();
    const { batch } = await createChunks(2);
    wire.failWith(failing('kms Decrypt', 'AccessDeniedException', 400));

    const response = await lambda.invoke(batch);
    const calls = wire.calls().length;
    await lambda.invoke(createBatch(CLUSTER, []));

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
    expect(calls).toBeLessThan(10);
    expect(wire.calls()).toHaveLength(calls);
  });
});

describe('a batch delivered twice', () => {
  it('changes nothing in the archive, and repeats the same ids on the bus', async () => {
    const lambda = wire.startFunction();
    const batch = createBatch(CLUSTER, [await seal(CREATE_TABLE), await seal(SELECT)]);

    await lambda.invoke(batch);
    const once = await readArchive(wire);
    const response = await lambda.invoke(batch);

    expect(response).toEqual({ batchItemFailures: [] });
    expect(await readArchive(wire)).toEqual(once);
    expect(wire.events.map(({ detail }) => detail.metadata.eventId)).toEqual([once[0]?.eventId, once[0]?.eventId]);
    expect(readMetrics(lambda.log).get('ArchiveConflicts')).toBeUndefined();
  });

  it('finds other content under its key: it writes beside it, says so, and announces the right key', async () => {
    const lambda = wire.startFunction();
    const batch = createBatch(CLUSTER, [await seal(CREATE_TABLE)]);
    await lambda.invoke(batch);
    const [key = ''] = await wire.listKeys('activity/');
    await wire.writeObject(key, Buffer.from('other content'));

    const response = await lambda.invoke(batch);

    expect(response).toEqual({ batchItemFailures: [] });
    const beside = (await wire.listKeys('activity/')).find((name) => name !== key);
    expect(beside).toMatch(/~[0-9a-f]{8}\.ndjson\.gz$/);
    expect(beside?.replace(/~[0-9a-f]{8}/, '')).toBe(key);
    expect((await wire.readObject(key)).toString()).toBe('other content');
    expect(wire.events.at(-1)?.detail.metadata).toMatchObject({ archive: { bucket: 'archive', key: beside } });
    expect(readMetrics(lambda.log).get('ArchiveConflicts')).toBe(1);
  });

  it('finds other content under its other key too: the chunk is reported, and nothing is overwritten or announced', async () => {
    const lambda = wire.startFunction();
    const batch = createBatch(CLUSTER, [await seal(CREATE_TABLE)]);
    await lambda.invoke(batch);
    const [key = ''] = await wire.listKeys('activity/');
    await wire.writeObject(key, Buffer.from('other content'));
    await lambda.invoke(batch);
    const beside = (await wire.listKeys('activity/')).find((name) => name !== key) ?? '';
    await wire.writeObject(beside, Buffer.from('other content too'));
    const published = wire.events.length;

    const response = await lambda.invoke(batch);

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
    expect((await wire.listKeys('activity/')).toSorted()).toEqual([key, beside].toSorted());
    expect((await wire.readObject(beside)).toString()).toBe('other content too');
    expect(wire.events).toHaveLength(published);
  });

  it('asks again where two writers race', async () => {
    const lambda = wire.startFunction();
    wire.failWith(failing('s3 PUT object', 'ConditionalRequestConflict', 409, 1));

    const response = await lambda.invoke(createBatch(CLUSTER, [await seal(CREATE_TABLE)]));

    expect(response).toEqual({ batchItemFailures: [] });
    expect(await readArchive(wire)).toHaveLength(1);
  });
});

describe('what the database sent', () => {
  it('stands in the archive to the last digit', async () => {
    const text = `{"type":"record","serverType":"PostgreSQL","statementId":12345678901234567890,"ratio":1.10,"big":1e400,"a":1,"a":2}`;
    const dataKey = await wire.generateDataKey(CLUSTER);
    const inner = innerRecord(CLUSTER, 'db-TEST', []).replace('[]', `[ ${text.replace(',', ',\n')} ]`);
    const lambda = wire.startFunction();

    await lambda.invoke(createBatch(CLUSTER, [await sealRecord(inner, 'aurora-postgresql', dataKey)]));

    const [key = ''] = await wire.listKeys('activity/class=UNKNOWN/');
    const { gunzipSync } = await import('node:zlib');
    const line = gunzipSync(await wire.readObject(key)).toString();
    expect(line).toContain(`"record":${text.replace(',', ', ')}}\n`);
    expect(line.trimEnd()).not.toContain('\n');
  });

  it.each([
    ['a statement of an unknown engine', { ...SELECT, serverType: 'DuckDB', commandText: 'WOBBLE' }, 'unknown'],
    [
      'an unknown command and class',
      { ...SELECT, command: 'WOBBLE', class: 'WOBBLE', commandText: 'WOBBLE' },
      'aurora-postgresql',
    ],
    ['no fields at all', {}, 'unknown'],
    [
      'fields of unexpected types',
      { ...SELECT, class: 7, command: ['x'], commandText: {}, logTime: 5, dbUserName: null },
      'aurora-postgresql',
    ],
  ])('%s is archived as UNKNOWN with the record intact', async (_name, event, engine) => {
    const lambda = wire.startFunction({ ARCHIVE_CLASSES: 'DDL' });

    await lambda.invoke(createBatch(CLUSTER, [await seal(event)]));

    const [line] = await readArchive(wire);
    expect(line).toMatchObject({ class: 'UNKNOWN', engine, record: event });
  });

  it.each([
    ['a server type that is no text', { ...CREATE_TABLE, serverType: { toString: 1, valueOf: 1 } }],
    ['a time at the edge of the calendar', { ...CREATE_TABLE, logTime: '9999-12-31 23:59:59.5-01' }],
    ['half a surrogate pair', { ...CREATE_TABLE, dbUserName: 'a\uD800', commandText: 'CREATE TABLE "\uDC00" ()' }],
    ['a name longer than an entry', { ...CREATE_TABLE, clientApplication: 'x'.repeat(300_000) }],
    ['a statement longer than an entry', { ...CREATE_TABLE, commandText: `CREATE TABLE ${'é"'.repeat(200_000)}` }],
  ])('with %s blocks nothing, is archived whole and published', async (_name, event) => {
    const lambda = wire.startFunction({ PUBLISH_CLASSES: '*' });

    const response = await lambda.invoke(createBatch(CLUSTER, [await seal(event)]));

    expect(response).toEqual({ batchItemFailures: [] });
    expect((await readArchive(wire))[0]?.record).toEqual(event);
    expect(wire.events).toHaveLength(1);
  });

  it('leaks into no log, no metric, no error, no key and, masked, not onto the bus', async () => {
    const lambda = wire.startFunction({ PUBLISH_CLASSES: '*' });
    const dataKey = await wire.generateDataKey(CLUSTER);
    const secretive = {
      ...CREATE_TABLE,
      commandText: "CREATE TABLE t (a text DEFAULT 'canary-literal') /* canary-comment */",
      paramList: ['canary-parameter'],
      errorMessage: 'canary-message',
    };
    const malformed = await sealRecord('{"databaseActivityEventList": canary-malformed', 'aurora-postgresql', dataKey);
    const binary = await sealRecord(Buffer.from([0x63, 0x61, 0x6e, 0xff]), 'aurora-postgresql', dataKey);

    await lambda.invoke(
      createBatch(CLUSTER, [await seal(secretive), malformed, binary, Buffer.from('canary-envelope')]),
    );

    expect(lambda.log.join('\n')).not.toContain('canary');
    expect(JSON.stringify(wire.events)).not.toContain('canary');
    expect((await wire.listKeys('')).join('\n')).not.toContain('canary');
    expect(await readQuarantine(wire)).toHaveLength(3);
    expect((await readArchive(wire))[0]?.record).toEqual(secretive);
  });

  it('reaches the bus in full only where the configuration says so', async () => {
    const lambda = wire.startFunction({ STATEMENT_TEXT: 'full' });
    const failed = { ...CREATE_TABLE, errorMessage: 'relation exists', exitCode: '42P07' };

    await lambda.invoke(createBatch(CLUSTER, [await seal(failed)]));

    expect(wire.events[0]?.detail.data).toMatchObject({
      class: 'ERROR',
      statementClass: 'DDL',
      errorCode: '42P07',
      errorMessage: 'relation exists',
      statement: { text: CREATE_TABLE.commandText, redacted: false },
    });
  });
});

describe('a bad start', () => {
  it('fails with one error that names every bad variable', async () => {
    const lambda = wire.startFunction({ EVENT_BUS_NAME: 'no spaces', STATEMENT_TEXT: 'some', DROP_RULES: '{' });

    const invoked = lambda.invoke(createBatch(CLUSTER, []));

    await expect(invoked).rejects.toThrow(/EVENT_BUS_NAME.*\n.*STATEMENT_TEXT.*redacted, full, none.*\n.*DROP_RULES/);
  });

  it('refuses a stream that is no activity stream, and acknowledges nothing', async () => {
    const lambda = wire.startFunction();
    const batch = createBatch(CLUSTER, [await seal(SELECT)]);
    const other = JSON.parse(JSON.stringify(batch).replace('aws-rds-das-', 'orders-'));

    await expect(lambda.invoke(other)).rejects.toThrow('aws-rds-das-cluster-');
  });
});
