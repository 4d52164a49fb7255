import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCOUNT_ID, clientEnvironment, REGION } from '../../local/aws/index.ts';
import { type Kinesis, startKinesis } from '../../local/aws/kinesis.ts';
import { type DataKey, innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import { streamArn, streamName } from '../../local/deployment.ts';
import { toEventRecord } from '../../local/mapping/event-records.ts';
import { ROOT } from '../../local/package.ts';
import { HEARTBEAT, SCENES, type Scene, writeEvent } from '../../local/scenes.ts';
import { createKinesisClient } from '../../local/service.ts';
import { OPERATOR, type RunningCli, startCli } from '../support/cli.ts';
import { failing, faulty, startWire, type Wire } from '../support/wire.ts';

const MOMENT = '2026-03-01 12:59:58.267214';
const ENGINES = Object.keys(SCENES) as SealingEngine[];
/** What stands in statements and bind values of the scenes. */
const SECRETS = ['4711', 'swordfish', 'Hara', '98765', 'bind-value'];

let kinesis: Kinesis;
let wire: Wire;
let client: KinesisClient;
let resourceId: string;
let dataKey: DataKey;
beforeAll(async () => {
  kinesis = await startKinesis(REGION, ACCOUNT_ID);
  wire = await startWire(new Map([['kinesis', kinesis.respond]]));
  client = createKinesisClient(wire.endpointUrl, 'test');
});
afterAll(async () => {
  client.destroy();
  await wire.close();
  await kinesis.close();
});

let streams = 0;
beforeEach(async () => {
  wire.failWith(() => false);
  resourceId = `cluster-TAIL${++streams}`;
  dataKey = await wire.generateDataKey(resourceId);
  await createStream(resourceId);
});

async function createStream(id: string, shards = 1): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: streamName(id), ShardCount: shards }));
  await isActive(id);
}

async function isActive(id: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const request = new DescribeStreamSummaryCommand({ StreamName: streamName(id) });
      const { StreamDescriptionSummary: summary } = await client.send(request);
      expect(summary?.StreamStatus).toBe('ACTIVE');
    },
    { timeout: 30_000 },
  );
}

async function put(data: Uint8Array, hashKey = '0', id = resourceId): Promise<string> {
  const { SequenceNumber: sequenceNumber = '' } = await client.send(
    new PutRecordCommand({ StreamName: streamName(id), Data: data, PartitionKey: 'any', ExplicitHashKey: hashKey }),
  );
  return sequenceNumber;
}

function seal(events: readonly unknown[], engine: SealingEngine = 'aurora-postgresql', id = resourceId, key = dataKey) {
  return sealRecord(innerRecord(id, 'db-TAIL', events), engine, key);
}

/** Writes what a person did into the stream. */
async function putEvent(fields: Readonly<Record<string, unknown>>, hashKey = '0'): Promise<void> {
  const scene: Scene = { ...SCENES['aurora-postgresql'][0], fields } as Scene;
  await put(await seal([writeEvent('aurora-postgresql', scene, MOMENT, 1)]), hashKey);
}

const select = (object: string, others: Readonly<Record<string, unknown>> = {}) => ({
  command: 'SELECT',
  class: 'READ',
  commandText: 'SELECT 1',
  objectName: object,
  ...others,
});

const tail = (...args: readonly string[]) => tailOf(streamName(resourceId), ...args);
const tailOf = (stream: string, ...args: readonly string[]) =>
  startCli(wire.endpointUrl, ['tail', '--stream', stream, ...args]);

/** Starts at what is latest; comes back when it reads. */
async function tailFromNow(...args: readonly string[]): Promise<RunningCli> {
  const before = wire.count('kinesis GetRecords', OPERATOR);
  const running = tail(...args);
  await vi.waitFor(() => expect(wire.count('kinesis GetRecords', OPERATOR)).toBeGreaterThan(before), {
    timeout: 30_000,
  });
  return running;
}

async function interrupt(running: RunningCli) {
  running.kill('SIGINT');
  return running.ended;
}

/** The names of the objects, which stand in the seventh column. */
const objectsOf = (lines: readonly string[]) => lines.map((line) => line.split(/ {2,}/)[6]);

describe('tail', () => {
  it.each(ENGINES)('prints a line for each event of %s but heartbeats, and nothing secret', async (engine) => {
    const scenes = [...SCENES[engine], HEARTBEAT, ...SCENES[engine]];
    await put(
      await seal(
        scenes.map((scene, index) => writeEvent(engine, scene, MOMENT, index)),
        engine,
      ),
    );
    const shown = scenes.filter(({ fate }) => fate.kind !== 'heartbeat');

    const running = tail('--since', '10m');
    const lines = await running.lines(shown.length);
    const { status, stderr } = await interrupt(running);

    expect([status, stderr]).toEqual([0, '']);
    expect(lines).toHaveLength(shown.length);
    for (const [index, { fate, fields }] of shown.entries()) {
      const [time, activityClass, instance, who] = lines[index]?.split(/ {2,}/) ?? [];
      expect([time, instance]).toEqual(['2026-03-01T12:59:58.267Z', 'db-TAIL']);
      if (fate.kind === 'archived') expect(activityClass).toBe(fate.class);
      if (typeof fields.dbUserName === 'string') expect(who).toContain(`${fields.dbUserName}@`);
    }
    for (const secret of SECRETS) expect(lines.join('\n')).not.toContain(secret);
    expect(lines.join('\n')).not.toContain('\u001b');
  });

  it('prints with --json what the bus gets, to the field', async () => {
    const lambda = wire.startFunction({ DROP_RULES: '[]', PUBLISH_CLASSES: '*', PUBLISH_AUXILIARY: 'true' });
    const scenes = SCENES['aurora-postgresql'];
    await put(await seal(scenes.map((scene, index) => writeEvent('aurora-postgresql', scene, MOMENT, index))));
    const shardId = 'shardId-000000000000';
    const { ShardIterator: iterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: streamName(resourceId),
        ShardId: shardId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    );
    const { Records: records = [] } = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    const source = { streamArn: streamArn(resourceId), shardId };
    await lambda.invoke({ Records: records.map((record) => toEventRecord(record, source)) });

    const running = tail('--since', '10m', '--json');
    const lines = await running.lines(scenes.length);
    await interrupt(running);

    const details = wire.events
      .filter(({ detail }) => detail.data.resourceId === resourceId)
      .map(({ detail }) => ({ ...detail, metadata: { ...detail.metadata, archive: null } }));
    expect(details).toHaveLength(scenes.length);
    expect(lines.map((line) => JSON.parse(line))).toEqual(details);
  });

  it.each([
    ['full', true, true],
    ['redacted', false, true],
    ['none', false, false],
  ])('shows of statements what --statement-text %s says', async (text, literals, statements) => {
    await putEvent({ command: 'SELECT', class: 'READ', commandText: "SELECT 'canary'\n\tFROM payroll" });

    const running = tail('--since', '10m', '--statement-text', text);
    const [line = ''] = await running.lines(1);
    await interrupt(running);

    expect([line.includes('canary'), line.includes('FROM payroll')]).toEqual([literals, statements]);
  });

  it('shows only the classes and the user that are asked for', async () => {
    for (const scene of SCENES['aurora-postgresql']) await putEvent(scene.fields);
    await putEvent({ command: 'DROP TABLE', class: 'DDL', commandText: 'DROP TABLE a', dbUserName: 'Bob' });
    await putEvent(select('last', { dbUserName: 'bob' }));

    const [ddl, bob, both] = [
      tail('--since', '10m', '--class', 'DDL,AUTH_FAILURE'),
      tail('--since', '10m', '--user', 'BOB'),
      tail('--since', '10m', '--user', 'bob', '--class', 'DQL'),
    ];
    const lines = await Promise.all([ddl.lines(3), bob.lines(2), both.lines(1)]);
    await Promise.all([ddl, bob, both].map(interrupt));

    expect(lines.map((some) => some.map((line) => line.split(/ {2,}/)[1]))).toEqual([
      ['AUTH_FAILURE', 'DDL', 'DDL'],
      ['DDL', 'DQL'],
      ['DQL'],
    ]);
  });

  it('begins with what comes from now on, and with --since before', async () => {
    await putEvent(select('before'));

    const fromNow = await tailFromNow();
    await putEvent(select('after'));
    const since = tail('--since', new Date(Date.now() - 60_000).toISOString());
    const lines = [await fromNow.lines(1), await since.lines(2)];
    await Promise.all([fromNow, since].map(interrupt));

    expect(lines.map(objectsOf)).toEqual([['after'], ['before', 'after']]);
  });

  it('says which record it passes over, and nothing of its content, and goes on', async () => {
    const other = await wire.generateDataKey('cluster-OTHER');
    const sequenceNumbers = [
      await put(Buffer.from('{"canary')),
      await put(await seal([select('canary')], 'aurora-postgresql', resourceId, other)),
      await put(await seal([select('canary')], 'aurora-postgresql', 'cluster-canary')),
    ];
    await putEvent(select('healthy'));

    const running = tail('--since', '10m');
    const [lines, complaints] = [await running.lines(1), await running.complaints(3)];
    const { status } = await interrupt(running);

    expect(objectsOf(lines)).toEqual(['healthy']);
    expect(status).toBe(0);
    expect(complaints).toEqual([
      `passed over: ENVELOPE_INVALID (NotJson) at decode: shardId-000000000000 ${sequenceNumbers[0]}`,
      `passed over: KEY_REJECTED (InvalidCiphertextException) at data-key: shardId-000000000000 ${sequenceNumbers[1]}`,
      `passed over: SOURCE_MISMATCH (OtherSource) at parse: shardId-000000000000 ${sequenceNumbers[2]}`,
    ]);
  });

  it('ends with 1 where KMS does not decrypt for it, and says what it takes', async () => {
    wire.failWith(failing('kms Decrypt', 'AccessDeniedException', 400));
    await putEvent(select('any'));

    const { status, stdout, stderr } = await tail('--since', '10m').ended;

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: AccessDeniedException: .*kms:Decrypt.*aws:rds:dbc-id=cluster-TAIL\d+\.\n$/);
  });

  it.each(['ListShards', 'GetShardIterator', 'GetRecords'])('ends with 1 where %s is denied', async (operation) => {
    wire.failWith(failing(`kinesis ${operation}`, 'AccessDeniedException', 400));

    const { status, stderr } = await tail().ended;

    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: AccessDeniedException: .*\n$/);
  });

  it('ends with 1 where there is no such stream', async () => {
    const { status, stderr } = await tailOf('aws-rds-das-cluster-NOBODY').ended;

    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: ResourceNotFoundException: .*\n$/);
  });

  it('survives a service that is throttled, or breaks a connection', async () => {
    const running = await tailFromNow();
    wire.failWith(failing('kinesis GetRecords', 'ProvisionedThroughputExceededException', 400, 2));
    await putEvent(select('throttled'));
    await running.lines(1);
    wire.failWith(faulty('kinesis GetRecords', { kind: 'reset' }, 2));
    await putEvent(select('reset'));
    const lines = await running.lines(2);
    const { status, stderr } = await interrupt(running);

    expect(objectsOf(lines)).toEqual(['throttled', 'reset']);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('loses nothing and shows nothing twice when an iterator has expired, before the first record as after it', async () => {
    const running = await tailFromNow();
    const expire = async () => {
      const opened = wire.count('kinesis GetShardIterator', OPERATOR);
      let release: (() => void) | null = null;
      wire.failWith((call, ...others) => {
        // What was put in the meantime is behind the new iterator, which is not given before.
        if (call.operation === 'GetShardIterator' && release === null) {
          release = others[2];
          return true;
        }
        return expired(call, ...others);
      });
      const expired = failing('kinesis GetRecords', 'ExpiredIteratorException', 400, 1);
      await vi.waitFor(() => expect(release).not.toBeNull(), { timeout: 30_000 });
      expect(wire.count('kinesis GetShardIterator', OPERATOR)).toBe(opened + 1);
      return () => release?.();
    };

    for (const object of ['first', 'second']) {
      const release = await expire();
      await putEvent(select(object));
      release();
      await running.lines(object === 'first' ? 1 : 2);
    }
    await putEvent(select('third'));
    const lines = await running.lines(3);
    await interrupt(running);

    expect(objectsOf(lines)).toEqual(['first', 'second', 'third']);
  });

  it.each([['from now on'], ['since a moment']])('follows a shard through split and merge, %s', async (from) => {
    const half = String(2n ** 127n);
    const [parent, left, right] = ['shardId-000000000000', 'shardId-000000000001', 'shardId-000000000002'];
    const stream = { StreamName: streamName(resourceId) };
    const change = async () => {
      await putEvent(select('parent'));
      await client.send(new SplitShardCommand({ ...stream, ShardToSplit: parent, NewStartingHashKey: half }));
      await isActive(resourceId);
      await putEvent(select('left'));
      await putEvent(select('right'), half);
      await client.send(new MergeShardsCommand({ ...stream, ShardToMerge: left, AdjacentShardToMerge: right }));
      await isActive(resourceId);
      await putEvent(select('merged'));
      const { Shards: shards } = await client.send(new ListShardsCommand(stream));
      expect(shards).toHaveLength(4);
    };

    let running: RunningCli;
    if (from === 'from now on') {
      running = await tailFromNow();
      await change();
    } else {
      await change();
      running = tail('--since', '10m');
    }
    const objects = objectsOf(await running.lines(4));
    const { status, stderr } = await interrupt(running);

    expect([objects[0], objects.slice(1, 3).sort(), objects[3], objects.length]).toEqual([
      'parent',
      ['left', 'right'],
      'merged',
      4,
    ]);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('reads each shard of many, by the ARN of the stream and in its Region', async () => {
    resourceId = `${resourceId}-MANY`;
    dataKey = await wire.generateDataKey(resourceId);
    await createStream(resourceId, 24);
    const hashKeys = Array.from({ length: 24 }, (_, index) => String((2n ** 128n / 24n) * BigInt(index) + 100n));
    await Promise.all(hashKeys.map((hashKey, index) => putEvent(select(`object-${index}`), hashKey)));

    const running = startCli(wire.endpointUrl, ['tail', '--stream', streamArn(resourceId), '--since', '10m'], {
      environment: { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined },
    });
    const lines = await running.lines(24);
    const { status, stderr } = await interrupt(running);

    expect(objectsOf(lines).toSorted()).toEqual(hashKeys.map((_, index) => `object-${index}`).sort());
    expect([status, stderr]).toEqual([0, '']);
  });

  it('lets nothing that a database sends steer the terminal, and leaves the letters of every script', async () => {
    const evil = '\u001b[2J\u0007\u009b1m\u007f\u202e\u2028\u2066 end';
    const letters = 'Łucja Ωμέγα 数据 می\u200cخواهم';
    const fields = { dbUserName: evil, databaseName: evil, objectName: letters, remoteHost: evil, command: evil };
    await putEvent({ ...fields, commandText: `SELECT "${evil}"` });

    const runs = [[], ['--json'], ['--statement-text', 'full'], ['--statement-text', 'full', '--json']].map((args) =>
      tail('--since', '10m', ...args),
    );
    const lines = await Promise.all(runs.map(async (running) => (await running.lines(1)).join('\n')));
    await Promise.all(runs.map(interrupt));

    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u202e\u2028\u2066]/u);
      expect(line).toContain(letters);
      expect(line).toContain('\\u001b[2J\\u0007\\u009b1m\\u007f\\u202e');
    }
    expect(JSON.parse(lines[1] ?? '').data.user).toBe(evil);
  });

  it('colours a line by its class where it is told to, and JSON never', async () => {
    await putEvent(select('any'));
    const run = (...args: readonly string[]) =>
      startCli(wire.endpointUrl, ['tail', '--stream', streamName(resourceId), '--since', '10m', ...args], {
        environment: { FORCE_COLOR: '1' },
      });

    const [coloured, json] = [run(), run('--json')];
    const lines = [await coloured.lines(1), await json.lines(1)].flat();
    await Promise.all([coloured, json].map(interrupt));

    expect(lines[0]).toContain('\u001b[32mDQL');
    expect(lines[1]).not.toContain('\u001b');
  });

  it('ends with 0 where the stream has ended', async () => {
    wire.failWith(({ operation }, request, response) => {
      if (operation !== 'GetRecords') return false;
      // A shard that is closed and read to its end, and became nothing.
      request.resume();
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ Records: [], MillisBehindLatest: 0 }));
      return true;
    });

    expect(await tail().ended).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('takes it that its reader has seen enough', async () => {
    for (const object of ['first', 'second']) await putEvent(select(object));
    const program = `"${process.execPath}" "${join(ROOT, 'dist', 'cli.js')}" tail --stream ${streamName(resourceId)}`;
    const environment = { ...clientEnvironment(wire.endpointUrl, OPERATOR), PATH: process.env.PATH };
    let shown = false;
    const more = async () => {
      while (!shown) await putEvent(select('more'));
    };

    const putting = more();
    const { stdout, stderr } = await promisify(execFile)(
      'sh',
      ['-c', `{ ${program} --since 10m; echo "$?" >&2; } | head -n 1`],
      { env: environment },
    );
    shown = true;
    await putting;

    expect(objectsOf(stdout.trimEnd().split('\n'))).toEqual(['first']);
    expect(stderr).toBe('0\n');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
    const running = await tailFromNow();

    running.kill(signal);

    expect(await running.ended).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    [['--stream', 'orders'], 'aws-rds-das-cluster-'],
    [['--stream', 'arn:aws:kinesis:eu-west-1:1:stream/aws-rds-das-cluster-A'], 'aws-rds-das-cluster-'],
    [[], '--stream'],
    [['--stream', 'aws-rds-das-db-A', '--class', 'DDL,DROP'], 'AUTH_FAILURE'],
    [['--stream', 'aws-rds-das-db-A', '--class', ''], 'AUTH_FAILURE'],
    [['--stream', 'aws-rds-das-db-A', '--since', 'yesterday'], '10m'],
    [['--stream', 'aws-rds-das-db-A', '--statement-text', 'masked'], 'redacted, full, none'],
    [['--stream', 'aws-rds-das-db-A', '--follow'], '--follow'],
  ])('refuses bad options with 2, and says what they may hold: %j', async (args, said) => {
    const { status, stdout, stderr } = await startCli(wire.endpointUrl, ['tail', ...args]).ended;

    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(said);
  });
});
