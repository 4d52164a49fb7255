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
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCOUNT_ID, REGION } from '../../local/aws/index.ts';
import { startKinesis } from '../../local/aws/kinesis.ts';
import { type DataKey, innerRecord, type SealingEngine, sealRecord } from '../../local/database-activity.ts';
import { streamArn, streamName } from '../../local/deployment.ts';
import { toEventRecord } from '../../local/mapping/event-records.ts';
import { HEARTBEAT, SCENES, type Scene, writeEvent } from '../../local/scenes.ts';
import { createKinesisClient } from '../../local/service.ts';
import { OPERATOR, passTime, startCli } from '../support/cli.ts';
import { failing, faulty, startWire, type Wire } from '../support/wire.ts';

const MOMENT = '2026-03-01 12:59:58.267214';
const FIRST_SHARD = 'shardId-000000000000';
const ENGINES = Object.keys(SCENES) as SealingEngine[];
/** Literals in statements and bind values of the scenes. */
const SECRETS = ['4711', 'swordfish', 'Hara', '98765', 'bind-value'];

let wire: Wire;
let client: KinesisClient;
let resourceId: string;
let dataKey: DataKey;
beforeAll(async () => {
  const kinesis = await startKinesis(REGION, ACCOUNT_ID);
  wire = await startWire(new Map([['kinesis', kinesis.respond]]));
  client = createKinesisClient(wire.endpointUrl, 'test');
  return async () => {
    client.destroy();
    await wire.close();
    await kinesis.close();
  };
});

let streams = 0;
beforeEach(async () => {
  wire.failWith(() => false);
  await createStream(`cluster-TAIL${++streams}`);
});

/** Makes the stream that the test is about. */
async function createStream(id: string, ShardCount = 1): Promise<void> {
  resourceId = id;
  dataKey = await wire.generateDataKey(id);
  await client.send(new CreateStreamCommand({ ...named(), ShardCount }));
  await isActive();
}

const named = () => ({ StreamName: streamName(resourceId) });

async function isActive(): Promise<void> {
  const isReady = async () => {
    const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand(named()));
    expect(summary?.StreamStatus).toBe('ACTIVE');
  };
  await vi.waitFor(isReady, { interval: 5, timeout: 60_000 });
}

/** Returns the sequence number. */
async function put(Data: Uint8Array, ExplicitHashKey = '0') {
  const record = { ...named(), Data, PartitionKey: 'any', ExplicitHashKey };
  return (await client.send(new PutRecordCommand(record))).SequenceNumber;
}

function seal(events: readonly unknown[], engine: SealingEngine = 'aurora-postgresql', id = resourceId, key = dataKey) {
  return sealRecord(innerRecord(id, 'db-TAIL', events), engine, key);
}

const writeEvents = (scenes: readonly Scene[], engine: SealingEngine = 'aurora-postgresql') =>
  scenes.map((scene, index) => writeEvent(engine, scene, MOMENT, index));

/** Puts the event of a person into the stream. */
async function putEvent(fields: Readonly<Record<string, unknown>>, hashKey = '0'): Promise<void> {
  const scene = { ...SCENES['aurora-postgresql'][0], fields } as Scene;
  await put(await seal(writeEvents([scene])), hashKey);
}

const select = (objectName: string) => ({ command: 'SELECT', class: 'READ', commandText: 'SELECT 1', objectName });

const tail = (args: readonly string[] = [], environment = {}, stream = streamName(resourceId)) =>
  startCli(wire.endpointUrl, ['tail', '--stream', stream, ...args], { environment });

/** Starts at what is latest; returns when it reads. */
async function tailFromNow() {
  const before = wire.count('kinesis GetRecords', OPERATOR);
  const running = tail();
  await passTime(() => wire.count('kinesis GetRecords', OPERATOR) > before);
  return running;
}

const LAST_MINUTES = ['--since', '10m'];

/** Shows so many lines of the last ten minutes, and all that are printed before Ctrl-C. */
const show = (least: number, args: readonly string[] = [], environment = {}, stream = streamName(resourceId)) =>
  finish(tail([...LAST_MINUTES, ...args], environment, stream), least);

async function finish(running: ReturnType<typeof tail>, least: number) {
  await running.lines(least);
  const { status, stdout, stderr } = await running.interrupt();
  return { lines: stdout.trimEnd().split('\n'), ended: [status, stderr] };
}

/** A column of lines: 1 is the class, 6 the name of the object. */
const columnOf = (lines: readonly string[], column: number) => lines.map((line) => line.split(/ {2,}/)[column]);

describe('tail', () => {
  it.each(ENGINES)('prints a line for each event of %s but heartbeats, and nothing secret', async (engine) => {
    const scenes = [...SCENES[engine], HEARTBEAT, ...SCENES[engine]];
    await put(await seal(writeEvents(scenes, engine), engine));
    const shown = scenes.filter(({ fate }) => fate.kind !== 'heartbeat');

    const { lines, ended } = await show(shown.length);

    expect(ended).toEqual([0, '']);
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

  it('prints with --json every field that the bus has', async () => {
    const lambda = wire.startFunction({ DROP_RULES: '[]', PUBLISH_CLASSES: '*', PUBLISH_AUXILIARY: 'true' });
    const scenes = SCENES['aurora-postgresql'];
    await put(await seal(writeEvents(scenes)));
    const shard = { ...named(), ShardId: FIRST_SHARD, ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(shard));
    const { Records: records = [] } = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    const source = { streamArn: streamArn(resourceId), shardId: FIRST_SHARD };
    await lambda.invoke({ Records: records.map((record) => toEventRecord(record, source)) });

    const { lines } = await show(scenes.length, ['--json']);

    const details = wire.events
      .filter(({ detail }) => detail.data.resourceId === resourceId)
      .map(({ detail }) => ({ ...detail, metadata: { ...detail.metadata, archive: null } }));
    expect(details).toHaveLength(scenes.length);
    expect(lines.map((line) => JSON.parse(line))).toEqual(details);
  });

  it('shows only the classes and the user that are asked for', async () => {
    for (const scene of SCENES['aurora-postgresql']) await putEvent(scene.fields);
    await putEvent({ command: 'DROP TABLE', class: 'DDL', commandText: 'DROP TABLE a', dbUserName: 'Bob' });
    await putEvent({ ...select('last'), dbUserName: 'bob' });

    const shown = [
      await show(3, ['--class', 'DDL,AUTH_FAILURE']),
      await show(2, ['--user', 'BOB']),
      await show(1, ['--user', 'bob', '--class', 'DQL']),
    ];

    const classes = shown.map(({ lines }) => columnOf(lines, 1).join(' '));
    expect(classes).toEqual(['AUTH_FAILURE DDL DDL', 'DDL DQL', 'DQL']);
  });

  it('reports the record that it passes over, with nothing of its content, and goes on', async () => {
    const other = await wire.generateDataKey('cluster-OTHER');
    const sequenceNumbers = [
      await put(Buffer.from('{"canary')),
      await put(await seal([select('canary')], 'aurora-postgresql', resourceId, other)),
      await put(await seal([select('canary')], 'aurora-postgresql', 'cluster-canary')),
    ];
    await putEvent(select('healthy'));

    const { lines, ended } = await show(1);

    expect(columnOf(lines, 6)).toEqual(['healthy']);
    const refusals = [
      'ENVELOPE_INVALID (NotJson) at decode',
      'KEY_REJECTED (InvalidCiphertextException) at data-key',
      'SOURCE_MISMATCH (OtherSource) at parse',
    ].map((refusal, index) => `passed over: ${refusal}: ${FIRST_SHARD} ${sequenceNumbers[index]}\n`);
    expect(ended).toEqual([0, refusals.join('')]);
  });

  it.each([
    ...['ListShards', 'GetShardIterator', 'GetRecords'].map((name) => [`kinesis ${name}`, /^UnknownError$/] as const),
    ['kms Decrypt', /^KMS .*kms:Decrypt.*aws:rds:dbc-id=cluster-TAIL\d+\.$/] as const,
  ])('ends with 1 where %s is denied, and reports why', async (call, reason) => {
    wire.failWith(failing(call, 'AccessDeniedException', 400));
    await putEvent(select('any'));

    const { status, stdout, stderr } = await tail(LAST_MINUTES).ended();

    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().replace('error: AccessDeniedException: ', '')).toMatch(reason);
  });

  it('ends with 1 where there is no such stream', async () => {
    const stderr = expect.stringMatching(/^error: ResourceNotFoundException: .*\n$/);
    const { ended } = tail([], {}, 'aws-rds-das-cluster-NOBODY');

    expect(await ended()).toEqual({ status: 1, stdout: '', stderr });
  });

  it('begins with what comes from now on, and survives a service that is throttled, or breaks a connection', async () => {
    await putEvent(select('before'));
    const running = await tailFromNow();
    wire.failWith(failing('kinesis GetRecords', 'ProvisionedThroughputExceededException', 400, 2));
    await putEvent(select('throttled'));
    await running.lines(1);
    wire.failWith(faulty('kinesis GetRecords', { kind: 'reset' }, 2));
    await putEvent(select('reset'));
    const { lines, ended } = await finish(running, 2);

    expect(columnOf(lines, 6)).toEqual(['throttled', 'reset']);
    expect(ended).toEqual([0, '']);
  });

  it('loses nothing and shows nothing twice when an iterator has expired, before the first record as after it', async () => {
    const running = await tailFromNow();

    for (const [index, object] of ['first', 'second'].entries()) {
      const opened = wire.count('kinesis GetShardIterator', OPERATOR);
      const expired = failing('kinesis GetRecords', 'ExpiredIteratorException', 400, 1);
      const iterator = Promise.withResolvers<() => void>();
      let isAsked = false;
      wire.failWith((call, request, response, proceed) => {
        // The new iterator is given only when a record is behind it.
        if (call.operation !== 'GetShardIterator' || isAsked) return expired(call, request, response, proceed);
        isAsked = true;
        iterator.resolve(proceed);
        return true;
      });
      await passTime(() => isAsked);
      expect(wire.count('kinesis GetShardIterator', OPERATOR)).toBe(opened + 1);
      await putEvent(select(object));
      (await iterator.promise)();
      await running.lines(index + 1);
    }
    await putEvent(select('third'));
    const { lines } = await finish(running, 3);

    expect(columnOf(lines, 6)).toEqual(['first', 'second', 'third']);
  });

  it.each(['from now on', 'since a moment'])('follows a shard through split and merge, %s', async (from) => {
    const half = String(2n ** 127n);
    const [left, right] = ['shardId-000000000001', 'shardId-000000000002'];
    const fromNow = from === 'from now on' ? await tailFromNow() : null;
    await putEvent(select('parent'));
    await client.send(new SplitShardCommand({ ...named(), ShardToSplit: FIRST_SHARD, NewStartingHashKey: half }));
    await isActive();
    await putEvent(select('left'));
    await putEvent(select('right'), half);
    await client.send(new MergeShardsCommand({ ...named(), ShardToMerge: left, AdjacentShardToMerge: right }));
    await isActive();
    await putEvent(select('merged'));
    const { Shards: shards } = await client.send(new ListShardsCommand(named()));

    const { lines, ended } = await finish(fromNow ?? tail(LAST_MINUTES), 4);

    expect(shards).toHaveLength(4);
    const [first, ...others] = columnOf(lines, 6);
    expect([first, others.slice(0, 2).sort(), others.slice(2)]).toEqual(['parent', ['left', 'right'], ['merged']]);
    expect(ended).toEqual([0, '']);
  });

  it('reads each shard of many, by the ARN of the stream and in its Region', async () => {
    await createStream('cluster-MANY', 12);
    const hashKeys = Array.from({ length: 12 }, (_, index) => String((2n ** 128n / 12n) * BigInt(index) + 100n));
    await Promise.all(hashKeys.map((hashKey, index) => putEvent(select(`object-${index}`), hashKey)));

    const withoutRegion = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined };
    const { lines, ended } = await show(12, [], withoutRegion, streamArn(resourceId));

    expect(columnOf(lines, 6).toSorted()).toEqual(hashKeys.map((_, index) => `object-${index}`).sort());
    expect(ended).toEqual([0, '']);
  });

  it('lets nothing that a database sends steer the terminal, and leaves the letters of every script', async () => {
    const evil = '\u001b[2J\u0007\u009b1m\u007f\u202e\u2028\u2066 end';
    const letters = 'Łucja Ωμέγα 数据 می\u200cخواهم';
    const fields = { dbUserName: evil, databaseName: evil, objectName: letters, remoteHost: evil, command: evil };
    await putEvent({ ...fields, class: 'READ', commandText: `SELECT 'literal', "${evil}"` });

    const full = ['--statement-text', 'full'];
    const shown = [await show(1, full), await show(1, [...full, '--json'])];

    for (const { lines } of shown) {
      expect(lines.join('\n')).not.toMatch(/[\p{Cc}\u202e\u2028\u2066]/u);
      for (const text of [letters, `'literal'`, '\\u001b[2J\\u0007\\u009b1m\\u007f\\u202e'])
        expect(lines[0]).toContain(text);
    }
    expect(JSON.parse(shown[1]?.lines[0] ?? '').data.user).toBe(evil);
  });

  it('colours a line by its class where it is told to, and JSON never', async () => {
    await putEvent(select('any'));

    const [text, json] = [await show(1, [], { FORCE_COLOR: '1' }), await show(1, ['--json'], { FORCE_COLOR: '1' })];

    expect(text.lines[0]).toContain('\u001b[32mDQL');
    expect(json.lines[0]).not.toContain('\u001b');
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

    expect(await tail().ended()).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('ends with 0 at SIGTERM as at Ctrl-C', async () => {
    const running = await tailFromNow();

    expect(await running.interrupt('SIGTERM')).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
