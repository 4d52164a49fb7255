import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Intercept } from '../../local/aws/endpoint.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamArn } from '../../local/deployment.ts';
import type { EventRecord } from '../../local/mapping/event-records.ts';
import { createFailureObject } from '../../local/mapping/failure-object.ts';
import { createBatch, readArchive, SHARD, sequenceNumber } from '../support/batch.ts';
import { listInPages, OPERATOR, runCli } from '../support/cli.ts';
import { BUCKET, failing, startWire, type Wire, type WiredFunction } from '../support/wire.ts';

const ENGINE = 'aurora-postgresql';
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
});
afterEach(() => {
  wire.failWith(() => false);
});
afterAll(() => wire.close());

/** Redrives; returns what the tables and the lines below them say, and how often the command called what changes something. */
async function redrive(from: 'quarantine' | 'failures', ...args: readonly string[]) {
  const count = () => ({
    invokes: wire.count('lambda Invoke', OPERATOR),
    marks: wire.count('s3 PUT object', OPERATOR),
  });
  const before = count();
  const command = ['redrive', '--from', from, '--bucket', BUCKET, ...args];
  const { status, stdout, stderr } = await runCli(wire.endpointUrl, command);
  const { invokes, marks } = count();
  expect(stdout + stderr).not.toContain(CANARY);
  const [, ...rows] = stdout.split('\n').filter((line) => line.startsWith('│'));
  return {
    status,
    stderr,
    invokes: invokes - before.invokes,
    marks: marks - before.marks,
    left: stdout
      .slice(stdout.indexOf('┘') + 1)
      .trim()
      .split('\n'),
    /** By reason or condition: found, already redriven, sent, redriven, again, failed. */
    rows: Object.fromEntries(
      rows.map((row) => {
        const [name = '', ...counts] = row.split('│').slice(1, -1);
        return [name.trim(), counts.map(Number)];
      }),
    ),
  };
}

const NAMED = ['--function', 'das-router'];
/** Each test has a prefix of its own. */
const fromQuarantine = (prefix: string, args = NAMED) => redrive('quarantine', '--prefix', prefix, ...args);

const NOTHING_LEFT = { status: 0, left: [''], stderr: '' };
const markOf = (key: string) => wire.listKeys(`redriven/${key}`);

async function seal(cluster: string, keyOf = cluster): Promise<Uint8Array> {
  return sealRecord(innerRecord(cluster, 'db-TEST', [CREATE]), ENGINE, await wire.generateDataKey(keyOf));
}

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
  const objects = quarantined.map(({ reason = 'KEY_REJECTED', day = '2026-03-01', body }, index) => ({
    key: `${prefix}/reason=${reason}/source=${cluster}/dt=${day}/${SHARD}-${sequenceNumber(index)}.json`,
    text: body ?? JSON.stringify({ reason, stage: 'data-key', record: records[index] }),
  }));
  for (const { key, text } of objects) await wire.writeObject(key, Buffer.from(text));
  return objects.map(({ key }) => key);
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

    const counts = [1, 0, 1, 0, 1, 0];
    const left = [`quarantined again: s3://${BUCKET}/${key}`];
    const rows = { KEY_REJECTED: counts, all: counts };
    expect(await fromQuarantine('poison')).toEqual({ status: 1, stderr: '', left, rows, invokes: 1, marks: 0 });
  });

  it('a record that was too large is archived, published and marked once the function takes it, and not sent twice', async () => {
    const cluster = 'cluster-LARGE';
    const small = wire.startFunction({ QUARANTINE_PREFIX: 'large', MAX_RECORD_BYTES: '100' });
    await small.invoke(createBatch(cluster, [await seal(cluster)]));
    const [key] = await wire.listKeys('large/');
    lambda = wire.startFunction();
    wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: FUNCTION_ARN });

    const first = await fromQuarantine('large', []);
    const second = await fromQuarantine('large', []);

    expect(key).toMatch(/^large\/reason=PAYLOAD_TOO_LARGE\//);
    expect(first).toMatchObject({ ...NOTHING_LEFT, rows: { PAYLOAD_TOO_LARGE: [1, 0, 1, 1, 0, 0] } });
    const lines = await readArchive(wire, cluster);
    expect(lines.map(({ sequenceNumber: at }) => at)).toEqual([sequenceNumber(0)]);
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
    const marks = await markOf('chosen/');
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

    const left = [`${key} NOT_JSON`, 'bad/strange.txt KEY_UNKNOWN'].map((what) => `failed: s3://${BUCKET}/${what}`);
    expect(result).toMatchObject({ status: 1, left, rows: { all: [3, 0, 1, 1, 0, 2] } });
  });

  it('more objects than a page of a listing holds are all found, and so are their marks', async () => {
    const keys = await quarantine('many', Array(5).fill({}));
    for (const key of keys.slice(0, -1)) await wire.writeObject(`redriven/${key}`, Buffer.from('{}'));
    wire.failWith(listInPages(2));

    const result = await fromQuarantine('many');

    expect(result).toMatchObject({ ...NOTHING_LEFT, rows: { KEY_REJECTED: [5, 4, 1, 1, 0, 0] }, invokes: 1 });
  });

  it.each([
    ['none', 0, 'NO_FUNCTION', 'No function reads', 'it'],
    ['two', 2, 'SEVERAL_FUNCTIONS', '2 functions read', 'one'],
  ])(
    'with %s reading the stream the command asks for one, and sends nothing',
    async (name, count, code, says, which) => {
      const [key] = await quarantinePoison(name);
      const arn = streamArn(clusterOf(name));
      for (let index = 0; index < count; index++) {
        wire.mappings.push({ EventSourceArn: arn, FunctionArn: `${FUNCTION_ARN}-${index}` });
      }

      const result = await fromQuarantine(name, []);

      const left = [`failed: s3://${BUCKET}/${key} ${code}`, `${says} ${arn}: name ${which} with --function.`];
      expect(result).toMatchObject({ status: 1, left, invokes: 0, marks: 0 });
    },
  );

  it('the stream is looked up once, however many records it has', async () => {
    wire.mappings.push({ EventSourceArn: streamArn('cluster-ONCE'), FunctionArn: FUNCTION_ARN });
    await quarantine('once', Array(3).fill({}));
    const lookups = () => wire.count('lambda ListEventSourceMappings', OPERATOR);
    const before = lookups();

    const { rows } = await fromQuarantine('once', []);

    expect(rows.all).toEqual([3, 0, 3, 3, 0, 0]);
    expect(lookups() - before).toBe(1);
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
    expect(result).toMatchObject({ status: 1, left: [`failed: s3://${BUCKET}/${key} ${code}`], invokes, marks: 0 });
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
    const content = JSON.parse(body);
    const payload = isText ? content.payload : JSON.parse(content.payload);
    await wire.writeObject(key, Buffer.from(JSON.stringify({ ...content, payload })));
    return key;
  }

  it.each([
    ['text', 'cluster-TEXT', true],
    ['an object', 'cluster-OBJECT', false],
  ])(
    'a batch, its payload %s, is sent in spite of throttling and marked, but not sent twice',
    async (_form, cluster, isText) => {
      wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: FUNCTION_ARN });
      const data = await seal(cluster);
      const key = await giveUp(createBatch(cluster, [data, data, data]), isText);
      wire.failWith(failing('lambda Invoke', 'TooManyRequestsException', 429, 2));

      const first = await fromFailures([]);
      const second = await fromFailures([]);

      const rows = { RetryAttemptsExhausted: [1, 0, 1, 1, 0, 0] };
      expect(first).toMatchObject({ ...NOTHING_LEFT, rows, invokes: 3, marks: 1 });
      expect(second).toMatchObject({ ...NOTHING_LEFT, invokes: 0, marks: 0 });
      const lines = await readArchive(wire, cluster);
      expect(lines.map(({ sequenceNumber: at }) => at)).toEqual([0, 1, 2].map(sequenceNumber));
      expect(await markOf(key)).toHaveLength(1);
    },
  );

  it('after a partial answer only the records from the one named on are sent again', async () => {
    const cluster = 'cluster-PARTIAL';
    const key = await giveUp(createBatch(cluster, Array(600).fill(await seal(cluster))));
    // The object of the second chunk is refused once.
    const second = `-${sequenceNumber(500).padStart(56, '0')}-`;
    const refuse = failing('s3 PUT object', 'AccessDenied', 403, 1);
    wire.failWith((call, ...others) => call.path.includes(second) && refuse(call, ...others));
    const logged = lambda.log.length;

    const result = await fromFailures();

    expect(result).toMatchObject({ ...NOTHING_LEFT, rows: { all: [1, 0, 1, 1, 0, 0] } });
    const batches = lambda.log.slice(logged).filter((line) => line.includes('"RecordsReceived":'));
    expect(batches.map((line) => JSON.parse(line).RecordsReceived)).toEqual([600, 100]);
    const lines = await readArchive(wire, cluster);
    expect(new Set(lines.map(({ eventId }) => eventId)).size).toBe(600);
    expect(lines).toHaveLength(600);
    expect(await markOf(key)).toHaveLength(1);
  });

  it('a mark that cannot be written leaves the object, which is redriven again without a second line', async () => {
    const cluster = 'cluster-UNMARKED';
    const key = await giveUp(createBatch(cluster, [await seal(cluster)]));
    const refuse = failing('s3 PUT object', 'AccessDenied', 403);
    wire.failWith((call, ...others) => call.caller === OPERATOR && refuse(call, ...others));

    const unmarked = await fromFailures();
    wire.failWith(() => false);
    const marked = await fromFailures();

    expect(unmarked).toMatchObject({ status: 1, left: [`failed: s3://${BUCKET}/${key} AccessDenied`] });
    expect(marked).toMatchObject({ ...NOTHING_LEFT, invokes: 1, marks: 1 });
    expect(await readArchive(wire, cluster)).toHaveLength(1);
  });

  it('a function that fails leaves the batch without a mark, and nothing of it is printed', async () => {
    const [record] = createBatch('cluster-FAILS', [Buffer.from(CANARY)]).Records as [EventRecord];
    const key = await giveUp({ Records: [{ ...record, eventID: CANARY }] });

    const { left, ...result } = await fromFailures();

    expect(left).toEqual([`failed: s3://${BUCKET}/${key} FUNCTION_ERROR`]);
    const rows = { RetryAttemptsExhausted: [1, 0, 1, 0, 0, 1] };
    expect(result).toMatchObject({ status: 1, stderr: '', rows, marks: 0 });
  });
});

describe('bad usage', () => {
  it.each([
    [[]],
    [['--from', 'elsewhere', '--bucket', BUCKET]],
    [['--from', 'quarantine', '--bucket', BUCKET, '--since', '2026-02-30']],
    [['--from', 'quarantine', '--bucket', BUCKET, '--reason', 'BAD_LUCK']],
    [['--from', 'quarantine', '--bucket', BUCKET, '--prefix', 'quarantine/']],
    [['--from', 'failures', '--bucket', BUCKET, '--reason', 'KEY_REJECTED']],
    [['--from', 'failures', '--bucket', BUCKET, '--prefix', 'quarantine']],
  ])('exits 2 with an error: redrive %j', async (args) => {
    const { status, stdout, stderr } = await runCli(wire.endpointUrl, ['redrive', ...args]);

    expect(stderr).toMatch(/^error: /);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('a bucket that is not there exits 1 and is named', async () => {
    const { status, stderr } = await redrive('failures', '--bucket', 'not-there');

    expect(stderr).toContain('error: NoSuchBucket');
    expect(status).toBe(1);
  });
});
