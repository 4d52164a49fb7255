import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamArn } from '../../local/deployment.ts';
import { createBatch, readArchive, sequenceNumber } from '../support/batch.ts';
import { OPERATOR, runCli } from '../support/cli.ts';
import { BUCKET, FUNCTION, failing, startWire, type Wire } from '../support/wire.ts';

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
beforeAll(async () => {
  wire = await startWire();
});
afterAll(() => wire.close());

const fromQuarantine = (...args: readonly string[]) =>
  runCli(wire.endpointUrl, 'redrive', '--from', 'quarantine', '--bucket', BUCKET, ...args);
const fromFailures = (...args: readonly string[]) =>
  runCli(wire.endpointUrl, 'redrive', '--from', 'failures', '--bucket', BUCKET, ...args);

const countInvokes = () => wire.count('lambda Invoke', OPERATOR);

async function seal(cluster: string, keyOf = cluster): Promise<Uint8Array> {
  return sealRecord(innerRecord(cluster, 'db-TEST', [CREATE]), ENGINE, await wire.generateDataKey(keyOf));
}

/** Everything in the bucket, by key. */
async function readBucket(): Promise<Readonly<Record<string, string>>> {
  const keys = await wire.listKeys('');
  return Object.fromEntries(
    await Promise.all(keys.map(async (key) => [key, (await wire.readObject(key)).toString('base64')])),
  );
}

/** The row of the summary that begins with this word: found, already redriven, sent, redriven, again, failed. */
function rowOf(stdout: string, name: string): readonly number[] {
  const line = stdout.split('\n').find((text) => text.startsWith(`│ ${name} `)) ?? '';
  return line.split('│').slice(2, -1).map(Number);
}

/** Each test has a prefix of its own for its quarantine: what another left is none of its business. */
async function quarantine(prefix: string, cluster: string, keyOf: string, from = 0) {
  const lambda = wire.startFunction({ QUARANTINE_PREFIX: prefix });
  await lambda.invoke(createBatch(cluster, [await seal(cluster, keyOf)], from));
  const [key] = await wire.listKeys(`${prefix}/`);
  if (key === undefined) throw new Error('Nothing was quarantined');
  return key;
}

describe('redrive --from quarantine', () => {
  it('a record that is poison still is reported, and gets no mark', async () => {
    const key = await quarantine('poison', 'cluster-REJECTED', 'cluster-OTHER');

    const { status, stdout, stderr } = await fromQuarantine('--prefix', 'poison', '--function', 'das-router');

    expect(stdout).toContain(`quarantined again: s3://${BUCKET}/${key}`);
    expect(rowOf(stdout, 'KEY_REJECTED')).toEqual([1, 0, 1, 0, 1, 0]);
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(await wire.listKeys('redriven/poison/')).toEqual([]);
  });

  it('a record that was too large is archived, published and marked once the function takes it, and not sent twice', async () => {
    const cluster = 'cluster-LARGE';
    const small = wire.startFunction({ QUARANTINE_PREFIX: 'large', MAX_RECORD_BYTES: '100' });
    await small.invoke(createBatch(cluster, [await seal(cluster)]));
    const [key] = await wire.listKeys('large/');
    wire.startFunction({ QUARANTINE_PREFIX: 'large' });
    wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: FUNCTION_ARN });

    const first = await fromQuarantine('--prefix', 'large');
    const [invokes, bucket] = [countInvokes(), await readBucket()];
    const second = await fromQuarantine('--prefix', 'large');

    expect(key).toMatch(/^large\/reason=PAYLOAD_TOO_LARGE\//);
    expect(first.status, first.stdout + first.stderr).toBe(0);
    expect(rowOf(first.stdout, 'PAYLOAD_TOO_LARGE')).toEqual([1, 0, 1, 1, 0, 0]);
    const lines = (await readArchive(wire)).filter(({ resourceId }) => resourceId === cluster);
    expect(lines.map(({ sequenceNumber: at }) => at)).toEqual([sequenceNumber(0)]);
    const published = wire.events.filter((event) => event['detail-type'] === 'Database Activity DDL');
    expect(published.map(({ detail }) => detail.data.resourceId)).toEqual([cluster]);
    expect(JSON.parse((await wire.readObject(`redriven/${key}`)).toString())).toEqual({
      redrivenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      function: FUNCTION_ARN,
    });
    expect(second.status).toBe(0);
    expect(rowOf(second.stdout, 'PAYLOAD_TOO_LARGE')).toEqual([1, 1, 0, 0, 0, 0]);
    expect(countInvokes()).toBe(invokes);
    expect(await readBucket()).toEqual(bucket);
  });

  it('--dry-run says what would be sent, and sends and marks nothing', async () => {
    const key = await quarantine('dry', 'cluster-DRY', 'cluster-OTHER');
    const [invokes, bucket] = [countInvokes(), await readBucket()];

    const { status, stdout } = await fromQuarantine('--prefix', 'dry', '--function', 'das-router', '--dry-run');

    expect(stdout).toContain(`to send: s3://${BUCKET}/${key} 1 to das-router`);
    expect(rowOf(stdout, 'KEY_REJECTED')).toEqual([1, 0, 0, 0, 0, 0]);
    expect(status).toBe(1);
    expect(countInvokes()).toBe(invokes);
    expect(await readBucket()).toEqual(bucket);
  });

  it('--reason and --since choose what is sent', async () => {
    wire.startFunction();
    const data = await seal('cluster-CHOSEN');
    const names = [
      ['KEY_REJECTED', '2026-02-28'],
      ['KEY_REJECTED', '2026-03-01'],
      ['DECRYPT_FAILED', '2026-03-01'],
    ] as const;
    const keys = names.map(
      ([reason, day], index) =>
        `chosen/reason=${reason}/source=cluster-CHOSEN/dt=${day}/shardId-000000000003-${index}.json`,
    );
    for (const [index, key] of keys.entries()) {
      const [record] = createBatch('cluster-CHOSEN', [data], index).Records;
      await wire.writeObject(key, Buffer.from(JSON.stringify({ reason: names[index]?.[0], stage: 'decrypt', record })));
    }
    const choose = ['--prefix', 'chosen', '--function', 'das-router'];

    const chosen = await fromQuarantine(...choose, '--reason', 'KEY_REJECTED', '--since', '2026-03-01');

    expect(rowOf(chosen.stdout, 'all')).toEqual([1, 0, 1, 1, 0, 0]);
    expect(chosen.status).toBe(0);
    expect(await wire.listKeys('redriven/chosen/')).toEqual([`redriven/${keys[1]}`]);

    const all = await fromQuarantine(...choose);

    expect(rowOf(all.stdout, 'KEY_REJECTED')).toEqual([2, 1, 1, 1, 0, 0]);
    expect(rowOf(all.stdout, 'DECRYPT_FAILED')).toEqual([1, 0, 1, 1, 0, 0]);
  });

  it.each([
    ['what is not JSON', 'a', 'not JSON', 'NOT_JSON'],
    ['what holds no record', 'b', '{"reason":"KEY_REJECTED"}', 'NO_RECORD'],
  ])('%s is named, and the rest goes on', async (_what, name, body, code) => {
    const prefix = `bad-${name}`;
    wire.startFunction({ QUARANTINE_PREFIX: prefix });
    const folder = `${prefix}/reason=KEY_REJECTED/source=cluster-BAD/dt=2026-03-01`;
    const [record] = createBatch('cluster-BAD', [await seal('cluster-BAD')]).Records;
    await wire.writeObject(`${folder}/shardId-000000000003-1.json`, Buffer.from(body));
    await wire.writeObject(`${folder}/shardId-000000000003-2.json`, Buffer.from(JSON.stringify({ record })));
    await wire.writeObject(`${prefix}/strange.txt`, Buffer.from(''));
    // As the console makes a folder: it is nothing to redrive.
    await wire.writeObject(`${prefix}/`, Buffer.from(''));

    const { status, stdout } = await fromQuarantine('--prefix', prefix, '--function', 'das-router');

    expect(stdout).toContain(`failed: s3://${BUCKET}/${folder}/shardId-000000000003-1.json ${code}`);
    expect(stdout).toContain(`failed: s3://${BUCKET}/${prefix}/strange.txt KEY_UNKNOWN`);
    expect(rowOf(stdout, 'all')).toEqual([3, 0, 1, 1, 0, 2]);
    expect(status).toBe(1);
  });

  it('more objects than a page of a listing holds are all found, and so are their marks', async () => {
    const folder = 'many/reason=KEY_REJECTED/source=cluster-MANY/dt=2026-03-01';
    const [record] = createBatch('cluster-MANY', [await seal('cluster-MANY')]).Records;
    const keys = Array.from({ length: 1010 }, (_, index) => `${folder}/shardId-000000000003-${10_000 + index}.json`);
    for (const key of keys)
      await wire.writeObject(key, Buffer.from(JSON.stringify({ reason: 'KEY_REJECTED', record })));
    for (const key of keys.slice(0, -1)) await wire.writeObject(`redriven/${key}`, Buffer.from('{}'));
    wire.startFunction({ QUARANTINE_PREFIX: 'many' });
    const invokes = countInvokes();

    const { status, stdout } = await fromQuarantine('--prefix', 'many', '--function', 'das-router');

    expect(rowOf(stdout, 'KEY_REJECTED')).toEqual([1010, 1009, 1, 1, 0, 0]);
    expect(status).toBe(0);
    expect(countInvokes() - invokes).toBe(1);
  });

  it.each([
    ['none', 0, 'NO_FUNCTION', 'No function reads'],
    ['two', 2, 'SEVERAL_FUNCTIONS', '2 functions read'],
  ])('with %s reading the stream the command says to name one, and sends nothing', async (name, count, code, says) => {
    const cluster = `cluster-READERS${count}`;
    const key = await quarantine(`readers-${name}`, cluster, 'cluster-OTHER');
    for (let index = 0; index < count; index++) {
      wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: `${FUNCTION_ARN}-${index}` });
    }
    const invokes = countInvokes();

    const { status, stdout } = await fromQuarantine('--prefix', `readers-${name}`);

    expect(stdout).toContain(`failed: s3://${BUCKET}/${key} ${code}`);
    expect(stdout).toContain(`${says} ${streamArn(cluster)}: name `);
    expect(stdout).toContain('--function');
    expect(status).toBe(1);
    expect(countInvokes()).toBe(invokes);
  });

  it('the stream is looked up once, however many records it has', async () => {
    const cluster = 'cluster-ONCE';
    wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: FUNCTION_ARN });
    const lambda = wire.startFunction({ QUARANTINE_PREFIX: 'once', MAX_RECORD_BYTES: '10' });
    const data = await seal(cluster);
    await lambda.invoke(createBatch(cluster, [data, data, data]));
    wire.startFunction({ QUARANTINE_PREFIX: 'once' });
    const lookups = () => wire.count('lambda ListEventSourceMappings', OPERATOR);
    const before = lookups();

    const { stdout } = await fromQuarantine('--prefix', 'once');

    expect(rowOf(stdout, 'all')).toEqual([3, 0, 3, 3, 0, 0]);
    expect(lookups() - before).toBe(1);
  });

  it('a function that is not there is a failure with its code', async () => {
    const key = await quarantine('gone', 'cluster-GONE', 'cluster-OTHER');

    const { status, stdout } = await fromQuarantine('--prefix', 'gone', '--function', 'another');

    expect(stdout).toContain(`failed: s3://${BUCKET}/${key} ResourceNotFoundException`);
    expect(status).toBe(1);
  });

  it('an object that may not be read is a failure with its code, and is asked for once', async () => {
    const key = await quarantine('denied', 'cluster-DENIED', 'cluster-OTHER');
    const reads = () => wire.count('s3 GET object', OPERATOR);
    const before = reads();
    wire.failWith(failing('s3 GET object', 'AccessDenied', 403));

    const { status, stdout } = await fromQuarantine('--prefix', 'denied', '--function', 'das-router');
    wire.failWith(() => false);

    expect(stdout).toContain(`failed: s3://${BUCKET}/${key} AccessDenied`);
    expect(status).toBe(1);
    expect(reads() - before).toBe(1);
  });

  it('a function that answers no JSON is another one: nothing is marked, and nothing of the answer printed', async () => {
    const key = await quarantine('prose', 'cluster-PROSE', 'cluster-OTHER');
    wire.failWith(({ operation }, request, response) => {
      if (operation !== 'Invoke') return false;
      request.resume();
      response.end(`All is well, ${CANARY}`);
      return true;
    });

    const { status, stdout, stderr } = await fromQuarantine('--prefix', 'prose', '--function', 'das-router');
    wire.failWith(() => false);

    expect(stdout).toContain(`failed: s3://${BUCKET}/${key} ANSWER_INVALID`);
    expect(stdout + stderr).not.toContain(CANARY);
    expect(status).toBe(1);
    expect(await wire.listKeys('redriven/prose/')).toEqual([]);
  });
});

describe('redrive --from failures', () => {
  const MAPPING = 'aws/lambda/7a0c2c3e-58dd-4c1a-9a2e-1f0f8d7d0a11/shardId-000000000003';

  /** Writes an object as Lambda does where it gives a batch up. */
  async function giveUp(event: unknown, { day = '2026/03/02', text = true, id = crypto.randomUUID() } = {}) {
    const key = `${MAPPING}/${day}/${day.replaceAll('/', '-')}T11.00.00-${id}`;
    const body = {
      requestContext: {
        requestId: id,
        functionArn: FUNCTION_ARN,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 4,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2026-03-02T11:00:00.000Z',
      KinesisBatchInfo: { shardId: 'shardId-000000000003', batchSize: 3, streamArn: streamArn('cluster-A') },
      payload: text ? JSON.stringify(event) : event,
    };
    await wire.writeObject(key, Buffer.from(JSON.stringify(body)));
    return key;
  }

  // The prefix is Lambda's, so each test has a bucket of its own.
  beforeEach(async () => {
    await wire.close();
    wire = await startWire();
  });

  const markOf = (key: string) => wire.listKeys(`redriven/${key}`);

  it.each([['text'], ['an object']])(
    'a batch whose payload is %s is archived and marked, and not sent twice',
    async (form) => {
      const cluster = form === 'text' ? 'cluster-TEXT' : 'cluster-OBJECT';
      wire.startFunction();
      wire.mappings.push({ EventSourceArn: streamArn(cluster), FunctionArn: FUNCTION_ARN });
      const data = await seal(cluster);
      const key = await giveUp(createBatch(cluster, [data, data, data]), { text: form === 'text' });

      const first = await fromFailures();
      const [invokes, bucket] = [countInvokes(), await readBucket()];
      const second = await fromFailures();

      expect(rowOf(first.stdout, 'RetryAttemptsExhausted')).toEqual([1, 0, 1, 1, 0, 0]);
      expect(first.status).toBe(0);
      const lines = (await readArchive(wire)).filter(({ resourceId }) => resourceId === cluster);
      expect(lines.map(({ sequenceNumber: at }) => at)).toEqual([0, 1, 2].map(sequenceNumber));
      expect(await markOf(key)).toHaveLength(1);
      expect(second.status).toBe(0);
      expect(countInvokes()).toBe(invokes);
      expect(await readBucket()).toEqual(bucket);
    },
  );

  it('after a partial answer only the records from the one named on are sent again', async () => {
    const cluster = 'cluster-PARTIAL';
    const data = await seal(cluster);
    const event = createBatch(
      cluster,
      Array.from({ length: 600 }, () => data),
    );
    const key = await giveUp(event);
    const lambda = wire.startFunction();
    // The second chunk's object fails until the SDK of the function has used up its attempts.
    const second = `-${sequenceNumber(500).padStart(56, '0')}-`;
    const refuse = failing('s3 PUT object', 'InternalError', 500, 4);
    wire.failWith((call, request, ...others) => {
      return String(request.url).includes(second) && refuse(call, request, ...others);
    });
    const invokes = countInvokes();

    const { status, stdout } = await fromFailures('--function', 'das-router');
    wire.failWith(() => false);

    expect(stdout).toContain('│ RetryAttemptsExhausted');
    expect(status).toBe(0);
    expect(countInvokes() - invokes).toBe(2);
    const batches = lambda.log.filter((line) => line.includes('"RecordsReceived":')).map((line) => JSON.parse(line));
    expect(batches.map(({ RecordsReceived: records }) => records)).toEqual([600, 100]);
    const lines = (await readArchive(wire)).filter(({ resourceId }) => resourceId === cluster);
    expect(new Set(lines.map(({ eventId }) => eventId)).size).toBe(600);
    expect(lines).toHaveLength(600);
    expect(await markOf(key)).toHaveLength(1);
  });

  it('a batch whose first record is refused at every attempt is left without a mark, and goes once it can', async () => {
    const cluster = 'cluster-REFUSED';
    const key = await giveUp(createBatch(cluster, [await seal(cluster)]));
    wire.startFunction();
    const refuse = failing('s3 PUT object', 'AccessDenied', 403);
    wire.failWith((call, ...others) => call.caller === FUNCTION && refuse(call, ...others));
    const invokes = countInvokes();

    const refused = await fromFailures('--function', 'das-router');
    wire.failWith(() => false);

    expect(refused.stdout).toContain(`failed: s3://${BUCKET}/${key} NOT_DURABLE`);
    expect(refused.status).toBe(1);
    expect(countInvokes() - invokes).toBe(4);
    expect(await markOf(key)).toEqual([]);

    const mended = await fromFailures('--function', 'das-router');

    expect(mended.status).toBe(0);
    expect(await markOf(key)).toHaveLength(1);
  });

  it('an Invoke that is throttled is tried again', async () => {
    const cluster = 'cluster-THROTTLED';
    const key = await giveUp(createBatch(cluster, [await seal(cluster)]));
    wire.startFunction();
    wire.failWith(failing('lambda Invoke', 'TooManyRequestsException', 429, 2));
    const invokes = countInvokes();

    const { status } = await fromFailures('--function', 'das-router');
    wire.failWith(() => false);

    expect(status).toBe(0);
    expect(countInvokes() - invokes).toBe(3);
    expect(await markOf(key)).toHaveLength(1);
  });

  it('a mark that cannot be written leaves the object, which is redriven again without a second line', async () => {
    const cluster = 'cluster-UNMARKED';
    const key = await giveUp(createBatch(cluster, [await seal(cluster)]));
    wire.startFunction();
    const refuse = failing('s3 PUT object', 'AccessDenied', 403);
    wire.failWith((call, ...others) => call.caller === OPERATOR && refuse(call, ...others));

    const unmarked = await fromFailures('--function', 'das-router');
    wire.failWith(() => false);
    const marked = await fromFailures('--function', 'das-router');

    expect(unmarked.stdout).toContain(`failed: s3://${BUCKET}/${key} AccessDenied`);
    expect(unmarked.status).toBe(1);
    expect(marked.status).toBe(0);
    expect((await readArchive(wire)).filter(({ resourceId }) => resourceId === cluster)).toHaveLength(1);
  });

  it('a function that fails leaves the batch without a mark, and nothing of it is printed', async () => {
    const event = { Records: [{ ...createBatch('cluster-FAILS', [Buffer.from(CANARY)]).Records[0], eventID: CANARY }] };
    const key = await giveUp(event);
    wire.startFunction();

    const { status, stdout, stderr } = await fromFailures('--function', 'das-router');

    expect(stdout).toContain(`failed: s3://${BUCKET}/${key} FUNCTION_ERROR`);
    expect(rowOf(stdout, 'RetryAttemptsExhausted').at(-1)).toBe(1);
    expect(status).toBe(1);
    for (const text of [CANARY, Buffer.from(CANARY).toString('base64'), 'Records', 'shardId-…']) {
      expect(stdout + stderr).not.toContain(text);
    }
    expect(await markOf(key)).toEqual([]);
  });
});

describe('bad usage', () => {
  it.each([
    [[]],
    [['--from', 'elsewhere', '--bucket', BUCKET]],
    [['--from', 'quarantine']],
    [['--from', 'quarantine', '--bucket', BUCKET, '--since', '2026-02-30']],
    [['--from', 'quarantine', '--bucket', BUCKET, '--reason', 'BAD_LUCK']],
    [['--from', 'quarantine', '--bucket', BUCKET, '--prefix', 'quarantine/']],
    [['--from', 'failures', '--bucket', BUCKET, '--reason', 'KEY_REJECTED']],
    [['--from', 'failures', '--bucket', BUCKET, '--prefix', 'quarantine']],
    [['--from', 'failures', '--bucket', BUCKET, '--force']],
  ])('exits 2 with an error: redrive %j', async (args) => {
    const { status, stdout, stderr } = await runCli(wire.endpointUrl, 'redrive', ...args);

    expect(stderr).toMatch(/^error: /);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('a bucket that is not there exits 1 and says so', async () => {
    const { status, stderr } = await runCli(wire.endpointUrl, 'redrive', '--from', 'failures', '--bucket', 'not-there');

    expect(stderr).toContain('error: NoSuchBucket');
    expect(status).toBe(1);
  });

  it('--help says what the exit statuses mean', async () => {
    const { status, stdout } = await runCli(wire.endpointUrl, 'redrive', '--help');

    expect(stdout).toContain('Exit status: 0');
    expect(status).toBe(0);
  });
});
