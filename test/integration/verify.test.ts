import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveCount, Finding } from '../../cli/verify/verdict.ts';
import { clientOptions } from '../../local/aws/index.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { ROOT } from '../../local/package.ts';
import type { Activity } from '../../src/activity.ts';
import { CLUSTER, createActivity } from '../support/activity.ts';
import { ARRIVAL_MS, createBatch } from '../support/batch.ts';
import { listInPages, runCli } from '../support/cli.ts';
import { startWire, type Wire } from '../support/wire.ts';

const DOCUMENT = readFileSync(join(ROOT, 'docs', 'command-line.md'), 'utf8');
const DAY = '2026-03-01';
const SHARD = 'shardId-000000000003';
const INSTANCE = 'db-A';
/** The whole day, so that nothing is a gap. */
const ALIVE = `${INSTANCE}=${Date.parse(`${DAY}T00:00:00Z`)}-${Date.parse(`${DAY}T23:59:59Z`)}`;
const FOLDER = `activity/class=DDL/source=${CLUSTER}/dt=${DAY}/hour=12`;

let wire: Wire;
let s3: S3Client;
beforeAll(async () => {
  wire = await startWire();
  s3 = new S3Client(clientOptions(wire.endpointUrl, 'test'));
});
afterAll(async () => {
  s3.destroy();
  await wire.close();
});

let buckets = 0;
let bucket: string;
beforeEach(async () => {
  wire.failWith(() => false);
  bucket = `archive-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

const verify = (...args: readonly string[]) =>
  runCli(wire.endpointUrl, ['verify', '--bucket', bucket, '--day', DAY, ...args]);

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

async function put(key: string, body: string | Uint8Array, metadata: Readonly<Record<string, string>> = {}) {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }));
  return key;
}

const write = (key: string, body: string | Uint8Array, heartbeats = ALIVE) =>
  put(key, typeof body === 'string' ? gzipSync(body) : body, { heartbeats });

const NOTHING_WRONG = { duplicates: 0, conflicts: 0, conflictObjects: 0, unreadable: 0 };
const COUNT: ArchiveCount = { class: 'DDL', source: CLUSTER, objects: 1, events: 1, ...NOTHING_WRONG };

describe('verify', () => {
  it('a clean day exits 0 and prints tables without colours, however many pages its listings have', async () => {
    wire.failWith(listInPages(1));
    await write(keyOf(1, 2), line(1) + line(2));
    await write(keyOf(3, 3), line(3));
    await write(keyOf(1, 3, '', FOLDER.replace('DDL', 'DML')), line(2, { class: 'DML' }));
    await write(keyOf(1, 3, '', FOLDER.replace(DAY, '2026-03-02')), 'not of this day');

    const { status, stdout, stderr } = await verify();

    expect(stdout).toContain('Nothing is wrong.');
    expect(stdout).toMatch(new RegExp(`│ ${CLUSTER} +│ DDL +│ 2 +│ 3 +│ 0 +│ 0 +│ 0 +│ 0 `));
    expect(stdout).toMatch(new RegExp(`│ ${CLUSTER} +│ DML +│ 1 +│ 1 `));
    expect(stdout).not.toContain('\u001b');
    expect([status, stderr]).toEqual([0, '']);
  });

  it('a day that the function archived is clean but for what is planted: an instance that only sends heartbeats lives, until it falls silent', async () => {
    const lambda = wire.startFunction({ ARCHIVE_BUCKET: bucket });
    const dataKey = await wire.generateDataKey(CLUSTER);
    const seal = (instanceId: string, event: unknown) =>
      sealRecord(innerRecord(CLUSTER, instanceId, [event]), 'aurora-postgresql', dataKey);
    const busy = await seal('db-A', { type: 'record', serverType: 'PostgreSQL', command: 'CREATE TABLE' });
    const quiet = await seal('db-B', { type: 'heartbeat' });
    const start = Date.parse(`${DAY}T00:00:00Z`) - ARRIVAL_MS;
    // A little less than an hour apart.
    const hours = Array.from({ length: 25 }, (_, index) => start + index * 3_600_000 - index);

    for (const [index, from] of hours.entries()) {
      const isSilent = index > 10 && index < 16;
      await lambda.invoke(createBatch(CLUSTER, isSilent ? [busy] : [busy, quiet], from));
    }
    const { status, verdict } = await verifyJson('--gap-minutes', '60');

    expect(verdict.archive).toEqual([{ ...COUNT, objects: 25, events: 25 }]);
    expect(verdict.gaps).toEqual([expect.objectContaining({ instanceId: 'db-B', minutes: 359 })]);
    expect([verdict.findings, verdict.quarantine]).toEqual([[], []]);
    expect(status).toBe(1);
  });

  it('--json has the shape that is documented', async () => {
    const key = await write(keyOf(1, 1), line(1) + line(1));

    const { status, verdict } = await verifyJson();

    expect(verdict).toEqual({
      bucket,
      day: DAY,
      archive: [{ ...COUNT, duplicates: 1 }],
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

  it.each<[string, Readonly<Record<string, string>>, Partial<ArchiveCount>, Partial<Finding>[]]>([
    [
      'a repeated event is a duplicate where its lines are equal, and a conflict where they differ',
      {
        [keyOf(1, 5)]: line(1) + line(5),
        [keyOf(1, 6)]: line(1) + line(5, { user: 'eve' }) + line(6),
        [keyOf(2, 5)]: line(5, { user: 'mallory' }),
      },
      { objects: 3, events: 3, duplicates: 1, conflicts: 1 },
      [
        { kind: 'duplicate', key: keyOf(1, 6), line: 1, eventId: `${CLUSTER}/${SHARD}/1/0`, code: null },
        { kind: 'conflict', key: keyOf(1, 6), line: 2, eventId: `${CLUSTER}/${SHARD}/5/0`, code: null },
      ],
    ],
    [
      'an event is compared with those of an object two objects before, where the ranges overlap',
      { [keyOf(1, 9)]: line(9), [keyOf(2, 3)]: line(2), [keyOf(8, 9)]: line(9) },
      { objects: 3, events: 2, duplicates: 1 },
      [{ kind: 'duplicate', key: keyOf(8, 9) }],
    ],
    [
      'an object beside another is a finding',
      { [keyOf(1, 1)]: line(1), [keyOf(1, 2, '~0123abcd')]: line(2) },
      { objects: 2, events: 2, conflictObjects: 1 },
      [{ kind: 'conflictObject', key: keyOf(1, 2, '~0123abcd'), line: null }],
    ],
    ...[
      ...[`${FOLDER}/notes.txt`, `${FOLDER}/../notes.txt`, `${FOLDER.replace('/hour=12', '')}/notes.txt`],
      ...[keyOf(2, 2).replace('.gz', ''), keyOf(2, 2, '~0123')],
    ].map((key): [string, Record<string, string>, Partial<ArchiveCount>, Partial<Finding>[]] => [
      `an object that does not belong there is unreadable: ${key}`,
      { [keyOf(1, 1)]: line(1), [key]: '' },
      // Only folders of an hour are read object by object.
      { objects: key.startsWith(FOLDER) ? 2 : 1, unreadable: 1 },
      [{ kind: 'unreadable', key, code: 'KEY_UNKNOWN' }],
    ]),
  ])('%s', async (_what, objects, counts, findings) => {
    for (const [key, body] of Object.entries(objects)) await write(key, body);

    const { status, verdict } = await verifyJson();

    expect(verdict.archive).toEqual([{ ...COUNT, ...counts }]);
    expect(verdict.findings).toMatchObject(findings);
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

    const place = `s3://${bucket}/${key}${at === null ? '' : ` line ${at}`}`;
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
    expect([status, stdout]).toEqual([0, expect.stringContaining('Nothing is wrong.')]);
  });

  it.each(['db-A', 'db-A=', 'db-A=5', 'db-A=9-5', '=1-2', 'db-A=1-2x', 'db-A=1-2,db-B=1-2'])(
    'heartbeats that cannot be read are a finding: %s',
    async (heartbeats) => {
      const key = await write(keyOf(1, 1), line(1), heartbeats);

      const { verdict } = await verifyJson();

      expect(verdict.findings).toMatchObject([{ kind: 'unreadable', key, code: 'HEARTBEATS_INVALID' }]);
      expect(verdict.archive).toEqual([{ ...COUNT, unreadable: 1 }]);
    },
  );

  it('the heartbeats of an object whose lines cannot be read count', async () => {
    await write(keyOf(1, 1), line(1), '');
    await write(keyOf(2, 2), Buffer.from('no gzip'));

    const { verdict } = await verifyJson();

    expect(verdict.gaps).toEqual([]);
    expect(verdict.archive[0].unreadable).toBe(1);
  });

  it('a stretch without heartbeats and events of an instance is a gap, by instance, from the start of the day', async () => {
    const at = (time: string) => Date.parse(`${DAY}T${time}Z`);
    const alive = (instance: string, from: string, to: string) => `db-${instance}=${at(from)}-${at(to)}`;
    const folder = (hour: number) => FOLDER.replace('hour=12', `hour=${hour}`);
    await write(
      keyOf(1, 1, '', folder(13)),
      line(1, { instanceId: 'db-B', arrivalTime: `${DAY}T13:05:00.000Z` }),
      `${alive('C', '11:00:00', '12:00:00')} ${alive('A', '00:09:00', '12:00:00')} ${alive('B', '00:00:05', '12:55:00')}`,
    );
    await write(
      keyOf(2, 2, '', folder(23)),
      line(2, { instanceId: null, arrivalTime: `${DAY}T23:05:00.000Z` }),
      `${alive('A', '12:10:01', '23:59:00')} ${alive('B', '13:15:00', '23:50:00')} ${alive('C', '12:30:00', '23:59:59')}`,
    );

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

  it('today is checked up to now', async () => {
    const now = Date.parse(`${DAY}T13:00:00Z`);
    await write(keyOf(1, 1), line(1), `db-A=${Date.parse(`${DAY}T00:00:00Z`)}-${now}`);

    const args = ['verify', '--bucket', bucket, '--day', DAY];
    const { status, stdout } = await runCli(wire.endpointUrl, args, { now });

    expect([status, stdout]).toEqual([0, expect.stringContaining('Nothing is wrong.')]);
  });

  it('a record in quarantine is wrong until it is redriven', async () => {
    await write(keyOf(1, 1), line(1));
    const folder = `quarantine/reason=KEY_REJECTED/source=${CLUSTER}/dt=${DAY}`;
    const keys = [1, 2].map((position) => `${folder}/${SHARD}-${position}.json`);
    for (const key of keys) await put(key, '{}');
    const count = { reason: 'KEY_REJECTED', source: CLUSTER, records: 2 };

    for (const [redriven, key] of keys.entries()) {
      const { status, verdict } = await verifyJson();
      expect([status, verdict.quarantine]).toEqual([1, [{ ...count, redriven }]]);
      await put(`redriven/${key}`, '{}');
    }
    const { status, verdict } = await verifyJson();

    expect([status, verdict.quarantine]).toEqual([0, [{ ...count, redriven: 2 }]]);
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
    await put(`poison/reason=KEY_REJECTED/source=cluster-A/dt=${DAY}/${SHARD}-1.json`, '{}');

    const { verdict } = await verifyJson('--archive-prefix', 'audit/das', '--quarantine-prefix', 'poison');

    expect(verdict.archive).toEqual([COUNT]);
    expect(verdict.quarantine).toEqual([{ reason: 'KEY_REJECTED', source: 'cluster-A', records: 1, redriven: 0 }]);
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
});
