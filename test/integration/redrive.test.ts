import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Intercept } from '../../local/aws/endpoint.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamArn } from '../../local/deployment.ts';
import type { EventRecord } from '../../local/mapping/event-records.ts';
import { createFailureObject } from '../../local/mapping/failure-object.ts';
import { createBatch, readArchive, SHARD, sequenceNumber } from '../support/batch.ts';
import { listInPages, OPERATOR, runCli } from '../support/cli.ts';
import { BUCKET, failing, startWire, type Wire, type WiredFunction } from '../support/wire.ts';

const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:das-router';
/** Must be found in nothing that the command prints. */
const CANARY = 'canary4711';
const CREATE = {
  type: 'record',
  serverType: 'PostgreSQL',
  class: 'DDL',
  command: 'CREATE TABLE',
  commandText: `CREATE TABLE ${CANARY} (id int)`,
};

let wire: Wire;
let lambda: WiredFunction;
beforeAll(async () => {
  wire = await startWire();
  lambda = wire.startFunction();
  return wire.close;
});
afterEach(() => {
  wire.failWith(() => false);
});

/** Redrives; returns what the tables and the lines below them say, and how often the command called what changes something. */
async function redrive(from: 'quarantine' | 'failures', ...args: readonly string[]) {
  const count = (name: string) => wire.count(name, OPERATOR);
  const before = { invokes: count('lambda Invoke'), marks: count('s3 PUT object') };
  const command = ['redrive', '--from', from, '--bucket', BUCKET, ...args];
  const { status, stdout, stderr } = await runCli(wire.endpointUrl, command);
  expect(stdout + stderr).not.toContain(CANARY);
  const [table = '', left = ''] = stdout.split('┘');
  const [, ...rows] = table.matchAll(/^│ (.*?) +│(.*)│$/gm);
  return {
    status,
    stderr,
    invokes: count('lambda Invoke') - before.invokes,
    marks: count('s3 PUT object') - before.marks,
    left: left.trim().split('\n'),
    /** By reason or condition: found, already redriven, sent, redriven, again, failed. */
    rows: Object.fromEntries(rows.map(([, name = '', counts = '']) => [name, counts.split('│').map(Number)])),
  };
}

const NAMED = ['--function', 'das-router'];
/** Each test has a prefix of its own. */
const fromQuarantine = (prefix: string, args = NAMED) => redrive('quarantine', '--prefix', prefix, ...args);

const NOTHING_LEFT = { status: 0, left: [''], stderr: '' };
const leftOf = (...failures: readonly string[]) => failures.map((failure) => `failed: s3://${BUCKET}/${failure}`);

const seal = async (cluster: string, keyOf = cluster) =>
  sealRecord(innerRecord(cluster, 'db-TEST', [CREATE]), 'aurora-postgresql', await wire.generateDataKey(keyOf));

const mapStream = (cluster: string, name = FUNCTION_ARN) =>
  wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: name });

const archivedNumbers = async (cluster: string) =>
  (await readArchive(wire, cluster)).map((line) => line.sequenceNumber);

const clusterOf = (prefix: string) => `cluster-${prefix.toUpperCase()}`;

interface Quarantined {
  readonly reason?: string;
  readonly day?: string;
  /** In the place of what the function writes. */
  readonly body?: string;
}

/** Writes records into the quarantine, of a cluster that is named for the prefix; returns their keys. */
async function quarantine(prefix: string, quarantined: readonly Quarantined[], keyOf = clusterOf(prefix)) {
  const cluster = clusterOf(prefix);
  const data = await seal(cluster, keyOf);
  const { Records: records } = createBatch(cluster, Array<Uint8Array>(quarantined.length).fill(data));
  const writes = quarantined.map(async ({ reason = 'KEY_REJECTED', day = '2026-03-01', body }, index) => {
    const key = `${prefix}/reason=${reason}/source=${cluster}/dt=${day}/${SHARD}-${sequenceNumber(index)}.json`;
    const written = JSON.stringify({ reason, stage: 'data-key', record: records[index] });
    await wire.writeObject(key, Buffer.from(body ?? written));
    return key;
  });
  return Promise.all(writes);
}

/** Writes a record that is poison to the function. */
const quarantinePoison = (prefix: string) => quarantine(prefix, [{}], 'cluster-OTHER');

/** Another function than the router. */
const answerInProse: Intercept = ({ operation }, request, response) => {
  if (operation !== 'Invoke') return false;
  request.resume();
  response.end(`All is well, ${CANARY}`);
  return true;
};

describe('redrive --from quarantine', () => {
  it('a record that is poison still is reported, and gets no mark', async () => {
    const [key] = await quarantinePoison('poison');

    const left = [`quarantined again: s3://${BUCKET}/${key}`];
    const rows = { KEY_REJECTED: [1, 0, 1, 0, 1, 0], all: [1, 0, 1, 0, 1, 0] };
    expect(await fromQuarantine('poison')).toEqual({ status: 1, stderr: '', left, rows, invokes: 1, marks: 0 });
  });

  it('a record that was too large is archived, published and marked once the function takes it, and not sent twice', async () => {
    const cluster = 'cluster-LARGE';
    const small = wire.startFunction({ QUARANTINE_PREFIX: 'large', MAX_RECORD_BYTES: '100' });
    await small.invoke(createBatch(cluster, [await seal(cluster)]));
    const [key] = await wire.listKeys('large/');
    lambda = wire.startFunction();
    mapStream(cluster);

    const first = await fromQuarantine('large', []);
    const second = await fromQuarantine('large', []);

    expect(key).toMatch(/^large\/reason=PAYLOAD_TOO_LARGE\//);
    expect(first).toMatchObject({ ...NOTHING_LEFT, rows: { PAYLOAD_TOO_LARGE: [1, 0, 1, 1, 0, 0] } });
    expect(await archivedNumbers(cluster)).toEqual([sequenceNumber(0)]);
    const published = wire.events.filter((event) => event['detail-type'] === 'Database Activity DDL');
    expect(published.map(({ detail }) => detail.data.resourceId)).toEqual([cluster]);
    expect(JSON.parse((await wire.readObject(`redriven/${key}`)).toString())).toEqual({
      redrivenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      function: FUNCTION_ARN,
    });
    const rows = { PAYLOAD_TOO_LARGE: [1, 1, 0, 0, 0, 0] };
    expect(second).toMatchObject({ ...NOTHING_LEFT, rows, invokes: 0, marks: 0 });
  });

  it('--dry-run reports what would be sent, and sends and marks nothing', async () => {
    const [key] = await quarantinePoison('dry');

    const result = await fromQuarantine('dry', [...NAMED, '--dry-run']);

    const left = [`to send: s3://${BUCKET}/${key} 1 to das-router`];
    expect(result).toMatchObject({ status: 1, left, rows: { all: [1, 0, 0, 0, 0, 0] }, invokes: 0, marks: 0 });
  });

  it('--reason and --since choose what is sent', async () => {
    const keys = await quarantine('chosen', [{ day: '2026-02-28' }, {}, { reason: 'DECRYPT_FAILED' }]);

    const chosen = await fromQuarantine('chosen', [...NAMED, '--reason', 'KEY_REJECTED', '--since', '2026-03-01']);
    const marks = await wire.listKeys('redriven/chosen/');
    const all = await fromQuarantine('chosen');

    expect(chosen).toMatchObject({ ...NOTHING_LEFT, rows: { all: [1, 0, 1, 1, 0, 0] } });
    expect(marks).toEqual([`redriven/${keys[1]}`]);
    expect(all.rows).toMatchObject({ KEY_REJECTED: [2, 1, 1, 1, 0, 0], DECRYPT_FAILED: [1, 0, 1, 1, 0, 0] });
  });

  it('what cannot be read is reported, and the rest goes on', async () => {
    const [key] = await quarantine('bad', [{ body: 'not JSON' }, {}]);
    await wire.writeObject('bad/strange.txt', Buffer.from(''));
    // As the console makes a folder: it is nothing to redrive.
    await wire.writeObject('bad/', Buffer.from(''));

    const result = await fromQuarantine('bad');

    const left = leftOf(`${key} NOT_JSON`, 'bad/strange.txt KEY_UNKNOWN');
    expect(result).toMatchObject({ status: 1, left, rows: { all: [3, 0, 1, 1, 0, 2] } });
  });

  it('all objects and marks of a listing of several pages are found, and their stream is looked up once', async () => {
    mapStream('cluster-MANY');
    const keys = await quarantine('many', Array(5).fill({}));
    for (const key of keys.slice(0, 3)) await wire.writeObject(`redriven/${key}`, Buffer.from('{}'));
    wire.failWith(listInPages(2));
    const before = wire.count('lambda ListEventSourceMappings', OPERATOR);

    const result = await fromQuarantine('many', []);

    expect(result).toMatchObject({ ...NOTHING_LEFT, rows: { KEY_REJECTED: [5, 3, 2, 2, 0, 0] }, invokes: 2 });
    expect(wire.count('lambda ListEventSourceMappings', OPERATOR)).toBe(before + 1);
  });

  it.each([
    ['none', 0, 'NO_FUNCTION', 'No function reads', 'it'],
    ['two', 2, 'SEVERAL_FUNCTIONS', '2 functions read', 'one'],
  ])('asks for a name and sends nothing where %s read the stream', async (name, count, code, says, which) => {
    const [key] = await quarantinePoison(name);
    const cluster = clusterOf(name);
    for (let index = 0; index < count; index++) mapStream(cluster, `${FUNCTION_ARN}-${index}`);

    const result = await fromQuarantine(name, []);

    const advice = `${says} ${streamArn(cluster)}: name ${which} with --function.`;
    expect(result).toMatchObject({ status: 1, left: [...leftOf(`${key} ${code}`), advice], invokes: 0, marks: 0 });
  });

  it.each<[string, string, string, Intercept]>([
    ['a function that is not there', 'ResourceNotFoundException', 'another', () => false],
    ['an object that may not be read', 'AccessDenied', 'das-router', failing('s3 GET object', 'AccessDenied', 403)],
    ['a function that answers no JSON', 'ANSWER_INVALID', 'das-router', answerInProse],
  ])('%s is a failure with its code after one attempt, and leaves no mark', async (_what, code, name, intercept) => {
    const prefix = code.toLowerCase();
    const [key] = await quarantinePoison(prefix);
    const reads = wire.count('s3 GET object', OPERATOR);
    wire.failWith(intercept);

    const result = await fromQuarantine(prefix, ['--function', name]);

    const invokes = code === 'AccessDenied' ? 0 : 1;
    expect(result).toMatchObject({ status: 1, left: leftOf(`${key} ${code}`), invokes, marks: 0 });
    expect(wire.count('s3 GET object', OPERATOR)).toBe(reads + 1);
  });
});

describe('redrive --from failures', () => {
  // The prefix is Lambda's, so each test has a day of its own: `--since` leaves out those before.
  let day = '';
  let days = 10;
  beforeEach(() => {
    day = `2026-03-${++days}`;
  });
  const fromFailures = (args = NAMED) => redrive('failures', '--since', day, ...args);

  /** Writes an object as Lambda does where it gives a batch up. */
  async function giveUp({ Records: records }: ReturnType<typeof createBatch>, isText = true) {
    const { key, body } = createFailureObject(
      { records: records as [EventRecord], condition: 'RetryAttemptsExhausted', invocations: 4, functionError: true },
      { streamArn: streamArn('cluster-A'), shardId: SHARD, mappingId: crypto.randomUUID(), functionArn: FUNCTION_ARN },
      Date.parse(`${day}T11:00:00Z`),
    );
    const { payload, ...others } = JSON.parse(body);
    const content = { ...others, payload: isText ? payload : JSON.parse(payload) };
    await wire.writeObject(key, Buffer.from(JSON.stringify(content)));
    return key;
  }

  it.each([
    ['text', 'cluster-TEXT', true],
    ['an object', 'cluster-OBJECT', false],
  ])('a batch whose payload is %s is sent once, in spite of throttling', async (_form, cluster, isText) => {
    mapStream(cluster);
    const key = await giveUp(createBatch(cluster, Array(3).fill(await seal(cluster))), isText);
    wire.failWith(failing('lambda Invoke', 'TooManyRequestsException', 429, 2));

    const first = await fromFailures([]);
    const second = await fromFailures([]);

    const rows = { RetryAttemptsExhausted: [1, 0, 1, 1, 0, 0] };
    expect(first).toMatchObject({ ...NOTHING_LEFT, rows, invokes: 3, marks: 1 });
    expect(second).toMatchObject({ ...NOTHING_LEFT, invokes: 0, marks: 0 });
    expect(await archivedNumbers(cluster)).toEqual([0, 1, 2].map(sequenceNumber));
    expect(await wire.listKeys(`redriven/${key}`)).toHaveLength(1);
  });

  it('after a partial answer only the records from the one named on are sent again', async () => {
    const cluster = 'cluster-PARTIAL';
    await giveUp(createBatch(cluster, Array(600).fill(await seal(cluster))));
    // The object of the second chunk is refused once.
    const second = `-${sequenceNumber(500).padStart(56, '0')}-`;
    const refuse = failing('s3 PUT object', 'AccessDenied', 403, 1);
    wire.failWith((call, ...others) => call.path.includes(second) && refuse(call, ...others));
    const logged = lambda.log.length;

    expect(await fromFailures()).toMatchObject({ ...NOTHING_LEFT, rows: { all: [1, 0, 1, 1, 0, 0] }, marks: 1 });
    const batches = lambda.log.slice(logged).filter((line) => line.includes('"RecordsReceived":'));
    expect(batches.map((line) => JSON.parse(line).RecordsReceived)).toEqual([600, 100]);
    expect(await archivedNumbers(cluster)).toEqual(Array.from({ length: 600 }, (_, index) => sequenceNumber(index)));
  });

  it('a mark that cannot be written leaves the object, which is redriven again without a second line', async () => {
    const cluster = 'cluster-UNMARKED';
    const key = await giveUp(createBatch(cluster, [await seal(cluster)]));
    const refuse = failing('s3 PUT object', 'AccessDenied', 403);
    wire.failWith((call, ...others) => call.caller === OPERATOR && refuse(call, ...others));

    const unmarked = await fromFailures();
    wire.failWith(() => false);
    const marked = await fromFailures();

    expect(unmarked).toMatchObject({ status: 1, left: leftOf(`${key} AccessDenied`) });
    expect(marked).toMatchObject({ ...NOTHING_LEFT, invokes: 1, marks: 1 });
    expect(await archivedNumbers(cluster)).toHaveLength(1);
  });

  it('a function that fails leaves the batch without a mark, and nothing of it is printed', async () => {
    const [record] = createBatch('cluster-FAILS', [Buffer.from(CANARY)]).Records as [EventRecord];
    const key = await giveUp({ Records: [{ ...record, eventID: CANARY }] });

    const rows = { RetryAttemptsExhausted: [1, 0, 1, 0, 0, 1] };
    const left = leftOf(`${key} FUNCTION_ERROR`);
    expect(await fromFailures()).toMatchObject({ status: 1, stderr: '', left, rows, marks: 0 });
  });

  it('a bucket that does not exist ends the command with 1 and is reported', async () => {
    const stderr = expect.stringContaining('error: NoSuchBucket');

    expect(await redrive('failures', '--bucket', 'not-there')).toMatchObject({ status: 1, stderr });
  });
});
