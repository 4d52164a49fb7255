import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_ID, clientEnvironment, clientOptions, queueUrl } from '../../local/aws/index.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { AWS_CLI_FUNCTION } from '../../local/report.ts';
import { EXPECTED, type Publisher, startPublisher } from '../support/publisher.ts';
import { READY_RULES, readBlocks } from '../support/subscribing.ts';
import { type Moto, startMoto } from './moto.ts';
import { AWS_CLI_FOLDER } from './python.ts';

const WALK = readBlocks('sh', { heading: '## Try it on your machine' });
const [START = '', SUBSCRIBE = '', PUBLISH = '', CLEAN_UP = ''] = WALK;

/** What the document has an example of in its place. */
const PLACEHOLDERS = { '111122223333': ACCOUNT_ID, '444455556666': ACCOUNT_ID, '<results>': 'results' };

/** Each call of the AWS CLI starts Python anew. */
const PATIENCE_MS = 120_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-shell-'));
  await symlink(join(ROOT, 'examples'), join(folder, 'examples'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a block of the document as it stands, with the AWS CLI; answers what it printed. The version that pip installs is 1. */
async function bash(
  block: string,
  environment: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
) {
  const filled = Object.entries({ ...PLACEHOLDERS, ...more }).reduce(
    (text, [name, value]) => text.replaceAll(name, value),
    block,
  );
  const path = [AWS_CLI_FOLDER, process.env.PATH].join(delimiter);
  const env = { HOME: folder, ...environment, PATH: path };
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', `${AWS_CLI_FUNCTION}\n${filled}`], {
    cwd: folder,
    env,
  });
  return stdout;
}

describe('the commands of the rules', () => {
  let publisher: Publisher;
  let environment: Readonly<Record<string, string>>;
  let sampleOf: (event: BusEvent) => string;
  const events: BusEvent[] = [];
  const [once = '', afterwards = ''] = readBlocks('sh', { heading: '### AWS CLI' });
  beforeAll(async () => {
    publisher = await startPublisher();
    environment = clientEnvironment(publisher.endpointUrl, 'person');
    await bash(once, environment);
    for (const { name } of READY_RULES) await bash(readBlocks('sh', { rule: name })[0] ?? '', environment);
    sampleOf = await publisher.publishSamples();
    const sqs = new SQSClient(clientOptions(publisher.endpointUrl, 'test'));
    const QueueUrl = queueUrl(publisher.endpointUrl, 'database-activity');
    for (;;) {
      const request = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
      const { Messages: messages = [] } = await sqs.send(request);
      if (messages.length === 0) break;
      events.push(...messages.map(({ Body: body = '' }) => JSON.parse(body)));
    }
  }, PATIENCE_MS);
  afterAll(() => publisher.close());

  it('fill the queue with what each rule must get, once for each rule', () => {
    expect(events.map(sampleOf).sort()).toEqual(Object.values(EXPECTED).flat().sort());
  });

  it('find the whole event in the archive', async () => {
    const [fetch = ''] = readBlocks('sh', { heading: '## Read the whole event' });
    const { metadata } = events.find((event) => sampleOf(event) === 'select of 12,000 rows')?.detail ?? {};
    const { bucket = '', key = '' } = (metadata?.archive ?? {}) as Record<string, string>;

    const printed = await bash(fetch, environment, {
      '<bucket>': bucket,
      '<key>': key,
      '<eventId>': metadata?.eventId ?? '',
    });

    expect(JSON.parse(printed)).toMatchObject({ class: 'DQL', record: { commandText: 'SELECT * FROM bonus' } });
  });

  it('show a rule, silence it, and take it away', async () => {
    const printed = await bash(afterwards, environment);

    expect(printed.match(/"Name": "[\w-]+"/g)).toHaveLength(READY_RULES.length);
    expect(printed).toContain('database-activity-dead-letters');
    expect(await bash(afterwards.split('\n')[0] ?? '', environment)).not.toContain('ddl-on-one-database');
  });
});

describe('the walk-through', () => {
  let child: ChildProcess;
  let exports: Readonly<Record<string, string>>;
  beforeAll(async () => {
    // What npm ci installs is there: the tests run on it.
    child = spawn('bash', ['-c', START.replace('npm ci && ', 'exec ')], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    exports = await readExports(child);
  }, PATIENCE_MS);
  afterAll(async () => {
    const exit = once(child, 'exit');
    // The program that npm started, too.
    process.kill(-(child.pid as number), 'SIGINT');
    await exit;
  }, PATIENCE_MS);

  it('ends with a DDL in the queue, and leaves nothing behind', async () => {
    await bash(SUBSCRIBE, exports);
    const printed = await bash(PUBLISH, exports);
    await bash(CLEAN_UP, exports);

    const event: BusEvent = JSON.parse(printed.split('\n').find((line) => line.startsWith('{"version"')) ?? '{}');
    expect(event).toMatchObject({ 'detail-type': 'Database Activity DDL', detail: { data: { database: 'payroll' } } });
    expect(await bash('aws events list-rules --event-bus-name das-router-dev', exports)).not.toContain('payroll-ddl');
  });
});

/** The lines to be pasted into another shell. */
async function readExports({ stdout }: ChildProcess): Promise<Readonly<Record<string, string>>> {
  if (stdout === null) throw new Error('The run has no output to read');
  const found: Record<string, string> = {};
  const said: string[] = [];
  for await (const line of createInterface(stdout)) {
    said.push(line);
    const [, name, value = ''] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
    if (name !== undefined) found[name] = value;
    else if (Object.keys(found).length > 0) {
      stdout.resume();
      return found;
    }
  }
  throw new Error(`The run ended:\n${said.slice(-20).join('\n')}`);
}

describe('the commands for another account, and of Athena, on an emulator that knows IAM', () => {
  let moto: Moto;
  let environment: Readonly<Record<string, string>>;
  beforeAll(async () => {
    moto = await startMoto();
    environment = clientEnvironment(moto.url, 'person');
    await bash('aws events create-event-bus --name das-router-dev', environment);
  });
  afterAll(() => moto.close());

  it('are taken as they stand', async () => {
    const [queue = '', theirRule = '', ownRule = ''] = readBlocks('sh', { heading: '## From another account' });
    const athena = readBlocks('sh', { heading: '## Read the whole event' }).at(-1) ?? '';

    await bash(theirRule, environment);
    await bash(queue, environment);
    await bash(ownRule, environment);
    const query = await bash(athena, environment);

    const rules =
      'aws events list-targets-by-rule --event-bus-name das-router-dev --rule to-subscriber --query Targets[].Arn';
    expect(JSON.parse(await bash(rules, environment))).toEqual([
      `arn:aws:sqs:eu-west-1:${ACCOUNT_ID}:database-activity`,
      `arn:aws:events:eu-west-1:${ACCOUNT_ID}:event-bus/database-activity`,
    ]);
    expect(JSON.parse(query)).toHaveProperty('QueryExecutionId');
  });
});
