import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOptions } from '../../local/aws/index.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { ROOT } from '../../local/package.ts';
import type { Activity } from '../../src/activity.ts';
import { CLUSTER, createActivity } from '../support/activity.ts';
import { ARRIVAL_MS, createBatch } from '../support/batch.ts';
import { runCli } from '../support/cli.ts';
import { BUCKET, startWire, type Wire } from '../support/wire.ts';

const DOCUMENT = readFileSync(join(ROOT, 'docs', 'command-line.md'), 'utf8');
const DAY = '2026-03-01';
const SHARD = 'shardId-000000000003';
const INSTANCE = 'db-A';
/** The whole day, so that nothing is a gap. */
const ALIVE = `${INSTANCE}=${Date.parse(`${DAY}T00:00:00Z`)}-${Date.parse(`${DAY}T23:59:59Z`)}`;
const FOLDER = `activity/class=DDL/source=${CLUSTER}/dt=${DAY}/hour=12`;

let wire: Wire;
let s3: S3Client;
beforeEach(async () => {
  wire = await startWire();
  s3 = new S3Client(clientOptions(wire.endpointUrl, 'test'));
});
afterEach(async () => {
  s3.destroy();
  await wire.close();
});

const verify = (...args: readonly string[]) =>
  runCli(wire.endpointUrl, 'verify', '--bucket', BUCKET, '--day', DAY, ...args);

async function verifyJson(...args: readonly string[]) {
  const { status, stdout } = await verify('--json', ...args);
  return { status, verdict: JSON.parse(stdout) };
}

function line(position: number, overrides: Partial<Activity> = {}): string {
  const sequenceNumber = String(position);
  const activity = createActivity({
    eventId: `${CLUSTER}/${SHARD}/${sequenceNumber}/0`,
    sequenceNumber,
    shardId: SHARD,
    instanceId: INSTANCE,
    ...overrides,
  });
  return `${JSON.stringify({ ...activity, record: { commandText: 'SELECT secret\u2028' } })}\n`;
}

function keyOf(first: number, last: number, suffix = '', folder = FOLDER): string {
  const [from, to] = [first, last].map((position) => String(position).padStart(56, '0'));
  return `${folder}/${SHARD}-${from}-${to}${suffix}.ndjson.gz`;
}

async function write(key: string, body: string | Uint8Array, heartbeats = ALIVE): Promise<string> {
  await s3.send(
    new PutObjectCommand({
      Bucket: BUCKET,
      Key: key,
      Body: typeof body === 'string' ? gzipSync(body) : body,
      ContentEncoding: 'gzip',
      Metadata: { heartbeats },
    }),
  );
  return key;
}

const NOTHING = { objects: 1, events: 1, duplicates: 0, conflicts: 0, conflictObjects: 0, unreadable: 0 };

describe('verify', () => {
  it('a day on which nothing is wrong exits 0, and prints tables without colours where it is no terminal', async () => {
    await write(keyOf(1, 2), line(1) + line(2));
    await write(keyOf(3, 3), line(3));
    await write(keyOf(1, 3, '', FOLDER.replace('DDL', 'DML')), line(2, { class: 'DML' }));
    await write(keyOf(1, 3, '', FOLDER.replace(DAY, '2026-03-02')), 'not of this day');

    const { status, stdout, stderr } = await verify();

    expect(stdout).toContain('Nothing is wrong.');
    expect(stdout).toMatch(new RegExp(`│ ${CLUSTER} +│ DDL +│ 2 +│ 3 +│ 0 +│ 0 +│ 0 +│ 0 `));
    expect(stdout).toMatch(new RegExp(`│ ${CLUSTER} +│ DML +│ 1 +│ 1 `));
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('a day as the function itself archives it is clean but for what is planted: an instance that only sends heartbeats is heard, until it falls silent', async () => {
    const lambda = wire.startFunction();
    const dataKey = await wire.generateDataKey(CLUSTER);
    const seal = (instanceId: string, event: unknown) =>
      sealRecord(innerRecord(CLUSTER, instanceId, [event]), 'aurora-postgresql', dataKey);
    const busy = await seal('db-A', { type: 'record', serverType: 'PostgreSQL', command: 'CREATE TABLE' });
    const quiet = await seal('db-B', { type: 'heartbeat' });
    const start = Date.parse(`${DAY}T00:00:00Z`) - ARRIVAL_MS;
    const minutes = Array.from({ length: 24 * 6 + 1 }, (_, index) => start + index * 10 * 60_000 - index);

    for (const [index, from] of minutes.entries()) {
      // For an hour the quiet instance is silent.
      const isSilent = index > 60 && index < 66;
      await lambda.invoke(createBatch(CLUSTER, isSilent ? [busy] : [busy, quiet], from));
    }
    const { status, verdict } = await verifyJson();

    expect(verdict.archive).toEqual([{ ...NOTHING, class: 'DDL', source: CLUSTER, objects: 145, events: 145 }]);
    expect(verdict.gaps).toEqual([expect.objectContaining({ instanceId: 'db-B', minutes: 59 })]);
    expect([verdict.findings, verdict.quarantine]).toEqual([[], []]);
    expect(status).toBe(1);
  });

  it('--json has the shape that is documented', async () => {
    const key = await write(keyOf(1, 1), line(1) + line(1));

    const { status, verdict } = await verifyJson();

    expect(verdict).toEqual({
      bucket: BUCKET,
      day: DAY,
      archive: [{ ...NOTHING, class: 'DDL', source: CLUSTER, duplicates: 1 }],
      quarantine: [],
      gaps: [],
      silentSources: [],
      findings: [{ kind: 'duplicate', key, line: 2, eventId: `${CLUSTER}/${SHARD}/1/0`, code: null }],
      clean: false,
    });
    const [, example = ''] = /```json\n([^`]*)```/.exec(DOCUMENT) ?? [];
    const documented = JSON.parse(example);
    expect(Object.keys(verdict).sort()).toEqual(Object.keys(documented).sort());
    for (const list of ['archive', 'findings']) {
      expect(Object.keys(verdict[list][0]).sort()).toEqual(Object.keys(documented[list][0]).sort());
    }
    expect(status).toBe(1);
  });

  it('the same event in two objects is a duplicate where its lines are equal, and a conflict where they differ', async () => {
    await write(keyOf(1, 5), line(1) + line(5));
    const repeated = await write(keyOf(1, 6), line(1) + line(5, { user: 'eve' }) + line(6));
    await write(keyOf(2, 5), line(5, { user: 'mallory' }));

    const { status, verdict } = await verifyJson();

    expect(verdict.archive).toEqual([
      { ...NOTHING, class: 'DDL', source: CLUSTER, objects: 3, events: 3, duplicates: 1, conflicts: 1 },
    ]);
    expect(verdict.findings).toMatchObject([
      { kind: 'duplicate', key: repeated, line: 1, eventId: `${CLUSTER}/${SHARD}/1/0` },
      { kind: 'conflict', key: repeated, line: 2, eventId: `${CLUSTER}/${SHARD}/5/0` },
    ]);
    expect(status).toBe(1);
  });

  it('an event is compared with those of an object two objects before, where the ranges overlap', async () => {
    await write(keyOf(1, 9), line(9));
    await write(keyOf(2, 3), line(2));
    await write(keyOf(8, 9), line(9));

    const { verdict } = await verifyJson();

    expect(verdict.archive[0].duplicates).toBe(1);
  });

  it('an object that was written beside another is named', async () => {
    await write(keyOf(1, 1), line(1));
    const key = await write(keyOf(1, 2, '~0123abcd'), line(2));

    const { status, stdout } = await verify();

    expect(stdout).toContain(`conflict object: s3://${BUCKET}/${key}`);
    expect(status).toBe(1);
  });

  it.each<[string, string | Uint8Array, string, number | null]>([
    ['what is not gzip', Buffer.from('{}\n'), 'NOT_GZIP', null],
    ['gzip cut off', gzipSync(line(1)).subarray(0, -9), 'NOT_GZIP', null],
    ['nothing at all', Buffer.alloc(0), 'NOT_GZIP', null],
    ['nothing in gzip', '', 'EMPTY', null],
    ['a line that is not JSON', `${line(1)}{"eventId":\n`, 'NOT_JSON', 2],
    ['an empty line', `${line(1)}\n`, 'NOT_JSON', 2],
    ['a line that is null', `${line(1)}null\n`, 'EVENT_ID_ELSEWHERE', 2],
    ['a line without an id', '{}\n', 'EVENT_ID_ELSEWHERE', 1],
    ['another source', line(1, { eventId: `cluster-OTHER/${SHARD}/1/0` }), 'EVENT_ID_ELSEWHERE', 1],
    ['another shard', line(1, { eventId: `${CLUSTER}/shardId-000000000004/1/0` }), 'EVENT_ID_ELSEWHERE', 1],
    ['a sequence number before the range', line(0), 'EVENT_ID_ELSEWHERE', 1],
    ['a sequence number behind the range', line(2), 'EVENT_ID_ELSEWHERE', 1],
    ['another class', line(1, { class: 'DML' }), 'CLASS_DIFFERS', 1],
    ['no arrival time', line(1, { arrivalTime: 'noon' }), 'NO_ARRIVAL_TIME', 1],
    ['another hour', line(1, { arrivalTime: `${DAY}T13:00:00.000Z` }), 'HOUR_DIFFERS', 1],
    ['bytes behind gzip and a zero', Buffer.concat([gzipSync(line(1)), Buffer.from([0, 1, 2])]), 'NOT_GZIP', null],
  ])('%s is unreadable, is named, and nothing of it is printed', async (_what, body, code, at) => {
    await write(keyOf(0, 0), line(0));
    const key = await write(keyOf(1, 1), body);

    const { status, stdout } = await verify();

    const place = `s3://${BUCKET}/${key}${at === null ? '' : ` line ${at}`}`;
    expect(stdout).toContain(`unreadable: ${place} ${code}`);
    expect(stdout.match(/^unreadable/gm)).toHaveLength(1);
    expect(stdout).not.toContain('SELECT');
    expect(status).toBe(1);
  });

  it('an object whose answer breaks off is read again, and its lines are no duplicates', async () => {
    await write(keyOf(1, 2), line(1) + line(2));
    let broken = 0;
    wire.failWith(({ operation }, _request, response) => {
      if (operation !== 'GET object' || broken > 1) return false;
      broken++;
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
      return true;
    });

    const { status, stdout } = await verify();

    expect(broken).toBe(2);
    expect(stdout).toContain('Nothing is wrong.');
    expect(status).toBe(0);
  });

  it.each([
    [`${FOLDER}/notes.txt`],
    [`${FOLDER}/../notes.txt`],
    [`activity/class=DDL/source=${CLUSTER}/dt=${DAY}/notes.txt`],
  ])('an object that does not belong there is unreadable: %s', async (key) => {
    await write(keyOf(1, 1), line(1));
    await write(key, line(1));

    const { status, stdout } = await verify();

    expect(stdout).toContain(`unreadable: s3://${BUCKET}/${key} KEY_UNKNOWN`);
    expect(status).toBe(1);
  });

  it('heartbeats that cannot be read are named', async () => {
    const key = await write(keyOf(1, 1), line(1), 'db-A=5');

    const { verdict } = await verifyJson();

    expect(verdict.findings).toMatchObject([{ kind: 'unreadable', key, code: 'HEARTBEATS_INVALID' }]);
    expect(verdict.archive).toEqual([{ ...NOTHING, class: 'DDL', source: CLUSTER, unreadable: 1 }]);
  });

  it('the heartbeats of an object whose lines cannot be read count', async () => {
    await write(keyOf(1, 1), line(1), '');
    await write(keyOf(2, 2), Buffer.from('no gzip'));

    const { verdict } = await verifyJson();

    expect(verdict.gaps).toEqual([]);
    expect(verdict.archive[0].unreadable).toBe(1);
  });

  it('a stretch without heartbeats and events of an instance is a gap, by instance, from the start of the day', async () => {
    const at = (time: string) => Date.parse(`${DAY}T${time}Z`);
    const heartbeats = [
      `db-C=${at('11:00:00')}-${at('12:00:00')}`,
      `db-A=${at('00:09:00')}-${at('12:00:00')}`,
      `db-B=${at('00:00:05')}-${at('12:55:00')}`,
    ].join(' ');
    const folder = (hour: number) => FOLDER.replace('hour=12', `hour=${hour}`);
    const atOne = line(1, { instanceId: 'db-B', arrivalTime: `${DAY}T13:05:00.000Z` });
    await write(keyOf(1, 1, '', folder(13)), atOne, heartbeats);
    const later = `db-A=${at('12:10:01')}-${at('23:59:00')} db-B=${at('13:15:00')}-${at('23:50:00')} db-C=${at('12:30:00')}-${at('23:59:59')}`;
    const atEleven = line(2, { instanceId: null, arrivalTime: `${DAY}T23:05:00.000Z` });
    await write(keyOf(2, 2, '', folder(23)), atEleven, later);

    const [ten, thirty] = [await verifyJson(), await verifyJson('--gap-minutes', '30')];

    const gap = (instanceId: string, from: string, to: string, minutes: number) => ({
      source: CLUSTER,
      instanceId,
      from: `${DAY}T${from}.000Z`,
      to: `${DAY}T${to}.000Z`,
      minutes,
    });
    const morning = gap('db-C', '00:00:00', '11:00:00', 660);
    expect(ten.verdict.gaps).toEqual([
      gap('db-A', '12:00:00', '12:10:01', 10),
      morning,
      gap('db-C', '12:00:00', '12:30:00', 30),
    ]);
    expect(ten.status).toBe(1);
    expect(thirty.verdict.gaps).toEqual([morning]);
  });

  it('a gap is named in the tables', async () => {
    await write(keyOf(1, 1), line(1), '');

    const { status, stdout } = await verify();

    expect(stdout).toContain('Gaps in the heartbeat');
    expect(stdout).toMatch(/│ db-A +│ 2026-03-01T00:00:00.000Z +│ 2026-03-01T12:59:59.500Z │ 779/);
    expect(status).toBe(1);
  });

  it('today is looked at up to now alone', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const [start, now] = [Date.parse(`${today}T00:00:00Z`), Date.now()];
    const arrivalTime = new Date(now).toISOString();
    const folder = FOLDER.replace(DAY, today).replace('hour=12', `hour=${arrivalTime.slice(11, 13)}`);
    await write(keyOf(1, 1, '', folder), line(1, { arrivalTime }), `db-A=${start}-${now}`);

    const { status, stdout } = await verify('--day', today);

    expect(stdout).toContain('Nothing is wrong.');
    expect(status).toBe(0);
  });

  it('a record in quarantine is wrong until it is redriven', async () => {
    await write(keyOf(1, 1), line(1));
    const lambda = wire.startFunction({ MAX_RECORD_BYTES: '10' });
    const dataKey = await wire.generateDataKey(CLUSTER);
    const data = await sealRecord(
      innerRecord(CLUSTER, 'db-A', [{ type: 'record', command: 'SELECT' }]),
      'aurora-postgresql',
      dataKey,
    );
    await lambda.invoke(createBatch(CLUSTER, [data, data]));
    const [first, second] = await wire.listKeys('quarantine/');

    const left = await verify();
    await wire.writeObject(`redriven/${first}`, Buffer.from('{}'));
    const half = await verifyJson();
    await wire.writeObject(`redriven/${second}`, Buffer.from('{}'));
    const none = await verifyJson();

    expect(left.stdout).toMatch(new RegExp(`│ PAYLOAD_TOO_LARGE │ ${CLUSTER} │ 2 +│ 0 +│ 2 `));
    expect(left.status).toBe(1);
    const count = { reason: 'PAYLOAD_TOO_LARGE', source: CLUSTER, records: 2 };
    expect(half.verdict.quarantine).toEqual([{ ...count, redriven: 1 }]);
    expect(half.status).toBe(1);
    expect(none.verdict.quarantine).toEqual([{ ...count, redriven: 2 }]);
    expect(none.status).toBe(0);
  });

  it('a day of which nothing was archived is wrong, and a source that is silent on a day is named', async () => {
    await write(keyOf(1, 1, '', FOLDER.replace(DAY, '2026-02-28')), line(1));

    const { status, stdout } = await verify();

    expect(stdout).toContain('Nothing was archived on this day.');
    expect(stdout).toContain(`Nothing of this day from: ${CLUSTER}`);
    expect(status).toBe(1);
  });

  it('other prefixes are looked at where they are named', async () => {
    await write(keyOf(1, 1, '', FOLDER.replace('activity', 'audit/das')), line(1));
    await wire.writeObject(`poison/reason=KEY_REJECTED/source=cluster-A/dt=${DAY}/${SHARD}-1.json`, Buffer.from('{}'));

    const { verdict } = await verifyJson('--archive-prefix', 'audit/das', '--quarantine-prefix', 'poison');

    expect(verdict.archive).toEqual([{ ...NOTHING, class: 'DDL', source: CLUSTER }]);
    expect(verdict.quarantine).toEqual([{ reason: 'KEY_REJECTED', source: 'cluster-A', records: 1, redriven: 0 }]);
  });

  it('more objects than a page of a listing holds are all read', async () => {
    for (let position = 1; position <= 1010; position++) await write(keyOf(position, position), line(position));

    const { status, verdict } = await verifyJson();

    expect(verdict.archive).toEqual([{ ...NOTHING, class: 'DDL', source: CLUSTER, objects: 1010, events: 1010 }]);
    expect(status).toBe(0);
  });

  it.each([
    [['--day', '2026-13-01']],
    [['--day', '2999-01-01']],
    [['--gap-minutes', '0']],
    [['--archive-prefix', '/activity']],
    [['extra']],
  ])('refuses bad usage with 2: %j', async (args) => {
    const { status, stdout, stderr } = await verify(...args);

    expect(stderr).toMatch(/^error: /);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('--help says that a stretch without an archive is a gap', async () => {
    const { status, stdout } = await verify('--help');

    expect(stdout).toContain('such a stretch is a gap too');
    expect(stdout).toContain('Exit status: 0');
    expect(status).toBe(0);
  });
});
