import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveCount, Finding, Verdict } from '../../cli/verify/verdict.ts';
import { clientOptions } from '../../local/aws/index.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import type { Activity } from '../../src/activity.ts';
import { CLUSTER, createActivity } from '../support/activity.ts';
import { ARRIVAL_MS, createBatch } from '../support/batch.ts';
import { listInPages, runCli } from '../support/cli.ts';
import { readDocument } from '../support/documents.ts';
import { startWire, type Wire } from '../support/wire.ts';

const DAY = '2026-03-01';
const SHARD = 'shardId-000000000003';
const timeOf = (time: string) => Date.parse(`${DAY}T${time}Z`);
const alive = (instanceId: string, from: string, to: string) => `${instanceId}=${timeOf(from)}-${timeOf(to)}`;
/** The whole day, so that nothing is a gap. */
const ALIVE = alive('db-A', '00:00:00', '23:59:59');
const FOLDER = `activity/class=DDL/source=${CLUSTER}/dt=${DAY}/hour=12`;

let wire: Wire;
let s3: S3Client;
beforeAll(async () => {
  wire = await startWire();
  s3 = new S3Client(clientOptions(wire.endpointUrl, 'test'));
  return async () => {
    s3.destroy();
    await wire.close();
  };
});

let buckets = 0;
let bucket: string;
beforeEach(async () => {
  wire.failWith(() => false);
  bucket = `archive-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

const verify = (args: readonly string[] = [], now?: number) =>
  runCli(wire.endpointUrl, ['verify', '--bucket', bucket, '--day', DAY, ...args], { now });

async function verifyJson(...args: readonly string[]) {
  const { status, stdout } = await verify(['--json', ...args]);
  return { status, verdict: JSON.parse(stdout) };
}

const idOf = (position: number, source = CLUSTER, shard = SHARD) => `${source}/${shard}/${position}/0`;

function line(position: number, overrides: Partial<Activity> = {}): string {
  const place = { sequenceNumber: String(position), shardId: SHARD, instanceId: 'db-A' };
  const activity = createActivity({ eventId: idOf(position), ...place, ...overrides });
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

const CLEAN = { status: 0, stdout: expect.stringContaining('Nothing is wrong.'), stderr: '' };
const NOTHING_WRONG = { duplicates: 0, conflicts: 0, conflictObjects: 0, unreadable: 0 };
const COUNT: ArchiveCount = { class: 'DDL', source: CLUSTER, objects: 1, events: 1, ...NOTHING_WRONG };

describe('verify', () => {
  it('a clean day exits 0 and prints tables without colours, however many pages its listings have', async () => {
    wire.failWith(listInPages(1));
    await write(keyOf(1, 2), line(1) + line(2));
    await write(keyOf(3, 3), line(3));
    await write(keyOf(1, 3, '', FOLDER.replace('DDL', 'DML')), line(2, { class: 'DML' }));
    await write(keyOf(1, 3, '', FOLDER.replace(DAY, '2026-03-02')), 'not of this day');

    const result = await verify();

    expect(result).toEqual(CLEAN);
    expect(result.stdout).toMatch(new RegExp(`│ ${CLUSTER} +│ DDL +│ 2 +│ 3 +│ 0 +│ 0 +│ 0 +│ 0 `));
    expect(result.stdout).toMatch(new RegExp(`│ ${CLUSTER} +│ DML +│ 1 +│ 1 `));
    expect(result.stdout).not.toContain('\u001b');
  });

  it('a day that the function archived is clean but for what is planted: an instance that only sends heartbeats lives, until it falls silent', async () => {
    const lambda = wire.startFunction({ ARCHIVE_BUCKET: bucket });
    const dataKey = await wire.generateDataKey(CLUSTER);
    const seal = (instanceId: string, event: unknown) =>
      sealRecord(innerRecord(CLUSTER, instanceId, [event]), 'aurora-postgresql', dataKey);
    const busy = await seal('db-A', { type: 'record', serverType: 'PostgreSQL', command: 'CREATE TABLE' });
    const quiet = await seal('db-B', { type: 'heartbeat' });
    const start = timeOf('00:00:00') - ARRIVAL_MS;

    for (let hour = 0; hour < 25; hour++) {
      const isSilent = hour > 10 && hour < 16;
      // A little less than an hour apart.
      await lambda.invoke(createBatch(CLUSTER, isSilent ? [busy] : [busy, quiet], start + hour * 3_599_999));
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
      findings: [{ kind: 'duplicate', key, line: 2, eventId: idOf(1), code: null }],
      clean: false,
    });
    const [, example = ''] = /```json\n([^`]*)```/.exec(readDocument('docs/command-line.md')) ?? [];
    const namesIn = ({ archive, findings, ...others }: Verdict) =>
      [others, ...archive, ...findings].map((fields) => Object.keys(fields).sort());
    expect(namesIn(verdict)).toEqual(namesIn(JSON.parse(example)));
    expect(status).toBe(1);
  });

  it.each<[string, Readonly<Record<string, string>>, Partial<ArchiveCount>, Partial<Finding>[]]>([
    [
      'an event whose lines differ is a conflict, however many there are',
      {
        [keyOf(1, 5)]: line(1) + line(5),
        [keyOf(1, 6)]: line(6) + line(5, { user: 'eve' }),
        [keyOf(2, 5)]: line(5, { user: 'mallory' }),
      },
      { objects: 3, events: 3, conflicts: 1 },
      [{ kind: 'conflict', key: keyOf(1, 6), line: 2, eventId: idOf(5), code: null }],
    ],
    [
      'a repeated event is a duplicate, also of one two objects before where the ranges overlap',
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
    ['a line that is null', `${line(1)}null\n`, 'EVENT_ID_ELSEWHERE', 2],
    ['a line without an id', '{}\n', 'EVENT_ID_ELSEWHERE', 1],
    ['another source', line(1, { eventId: idOf(1, 'cluster-OTHER') }), 'EVENT_ID_ELSEWHERE', 1],
    ['another shard', line(1, { eventId: idOf(1, CLUSTER, 'shardId-000000000004') }), 'EVENT_ID_ELSEWHERE', 1],
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

    expect(await verify()).toEqual(CLEAN);
    expect(broken).toBe(2);
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
    const writeIn = (hour: number, instanceId: string | null, heartbeats: string) =>
      write(
        keyOf(hour, hour, '', FOLDER.replace('hour=12', `hour=${hour}`)),
        line(hour, { instanceId, arrivalTime: `${DAY}T${hour}:05:00.000Z` }),
        heartbeats.replaceAll(/(\S+)=(\S+)-(\S+)/g, (_, instance, from, to) => alive(instance, from, to)),
      );
    await writeIn(13, 'db-B', 'db-C=11:00-12:00 db-A=00:09-12:00 db-B=00:00-12:55');
    await writeIn(23, null, 'db-A=12:10:01-23:59 db-B=13:15-23:50 db-C=12:30-23:59');

    const [ten, thirty] = [await verifyJson(), await verifyJson('--gap-minutes', '30')];

    const gap = (instanceId: string, from: string, to: string, minutes: number) => ({
      source: CLUSTER,
      instanceId,
      from: `${DAY}T${from}.000Z`,
      to: `${DAY}T${to}.000Z`,
      minutes,
    });
    const morning = gap('db-C', '00:00:00', '11:00:00', 660);
    const noon = [gap('db-A', '12:00:00', '12:10:01', 10), morning, gap('db-C', '12:00:00', '12:30:00', 30)];
    expect([ten.status, ten.verdict.gaps]).toEqual([1, noon]);
    expect(thirty.verdict.gaps).toEqual([morning]);
  });

  it('today is checked up to now', async () => {
    await write(keyOf(1, 1), line(1), alive('db-A', '00:00:00', '13:00:00'));

    expect(await verify([], timeOf('13:00:00'))).toEqual(CLEAN);
  });

  it('a record in quarantine is wrong until it is redriven', async () => {
    await write(keyOf(1, 1), line(1));
    const folder = `quarantine/reason=KEY_REJECTED/source=${CLUSTER}/dt=${DAY}`;
    const keys = [1, 2].map((position) => `${folder}/${SHARD}-${position}.json`);
    for (const key of keys) await put(key, '{}');
    const count = { reason: 'KEY_REJECTED', source: CLUSTER, records: 2 };

    for (const redriven of [0, 1, 2]) {
      const { status, verdict } = await verifyJson();
      expect([status, verdict.quarantine]).toEqual([redriven < 2 ? 1 : 0, [{ ...count, redriven }]]);
      await put(`redriven/${keys[redriven]}`, '{}');
    }
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
});
