import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand, DynamoDBClient, ScanCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_ID, clientEnvironment, clientOptions, queueUrl, REGION } from '../../local/aws/index.ts';
import { ROOT } from '../../local/package.ts';
import { BUS, type Publisher, startPublisher } from '../support/publisher.ts';
import { readBlocks } from '../support/subscribing.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-consumer-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules', 'das-router'));
  for (const name of ['@aws-sdk', '@types']) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true }));

/** Compiles the document's block below a heading under a strict compiler, and `use`, which imports from it. */
async function compile(heading: string, name: string, use = ''): Promise<void> {
  const [code = ''] = readBlocks('ts', { heading });
  await writeFile(join(folder, `${name}.ts`), code);
  await writeFile(join(folder, `use-${name}.js`), use);
  const strict = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', '--skipLibCheck'];
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [compiler, ...strict, `${name}.ts`], { cwd: folder });
}

async function run(file: string, input: unknown, environment: Readonly<Record<string, string>>, cwd = folder) {
  const command = [join(folder, file), JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd, env: environment });
  return stdout.trimEnd().split('\n');
}

it("a test of one's own rule, as the document has it, runs", async () => {
  await compile('## Test a rule of your own', 'rule');

  expect(await run('rule.js', null, {}, ROOT)).toEqual(['']);
});

describe('a consumer that takes an event once, as the document has it,', () => {
  let dynamoDb: Server;
  let client: DynamoDBClient;
  let environment: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const dynalite = createRequire(import.meta.url)('dynalite');
    dynamoDb = dynalite({ createTableMs: 0 }) as Server;
    dynamoDb.listen(0, '127.0.0.1');
    await once(dynamoDb, 'listening');
    const url = `http://127.0.0.1:${(dynamoDb.address() as AddressInfo).port}`;
    environment = { ...clientEnvironment(url, 'consumer'), TABLE_NAME: 'activity' };
    client = new DynamoDBClient(clientOptions(url, 'test'));
    await client.send(
      new CreateTableCommand({
        TableName: 'activity',
        KeySchema: [{ AttributeName: 'eventId', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'eventId', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: 'activity' });
    const use =
      "import { handler } from './once.js';\nconsole.log(JSON.stringify(await handler(JSON.parse(process.argv[2]))));\n";
    await compile('## Take an event once', 'once', use);
  });
  afterAll(async () => {
    client.destroy();
    await promisify(dynamoDb.close.bind(dynamoDb))();
  });

  const message = (messageId: string, eventId: string) => ({
    messageId,
    body: JSON.stringify({
      'detail-type': 'Database Activity DDL',
      detail: { metadata: { schemaVersion: '1.0', eventId }, data: { class: 'DDL', action: 'DROP TABLE', user: null } },
    }),
  });

  it('writes a copy no second time', async () => {
    const said = await run('use-once.js', { Records: [message('1', 'a/0'), message('2', 'a/0')] }, environment);
    const again = await run('use-once.js', { Records: [message('3', 'a/0')] }, environment);

    expect(said).toEqual(['Was here before a/0', '{"batchItemFailures":[]}']);
    expect(again).toEqual(said);
    const { Items: items } = await client.send(new ScanCommand({ TableName: 'activity' }));
    expect(items).toEqual([{ eventId: { S: 'a/0' }, action: { S: 'DROP TABLE' }, user: { NULL: true } }]);
  });

  it('names what it could not take, and that alone', async () => {
    const foreign = { messageId: '5', body: '{"detail-type":"Something Else"}' };

    const said = await run('use-once.js', { Records: [message('4', 'b/0'), foreign] }, environment);
    const nowhere = await run(
      'use-once.js',
      { Records: [message('6', 'c/0')] },
      { ...environment, TABLE_NAME: 'gone' },
    );

    expect(said).toEqual(['{"batchItemFailures":[{"itemIdentifier":"5"}]}']);
    expect(nowhere).toEqual(['{"batchItemFailures":[{"itemIdentifier":"6"}]}']);
  });
});

describe('the archive', () => {
  let publisher: Publisher;
  beforeAll(async () => {
    publisher = await startPublisher();
  });
  afterAll(() => publisher.close());

  it('gives the whole of an event to the code that the document has', async () => {
    const options = clientOptions(publisher.endpointUrl, 'test');
    const [eventBridge, sqs] = [new EventBridgeClient(options), new SQSClient(options)];
    await sqs.send(new CreateQueueCommand({ QueueName: 'reads' }));
    const rule = { EventBusName: BUS, EventPattern: '{"detail":{"data":{"class":["DQL"]}}}' };
    await eventBridge.send(new PutRuleCommand({ ...rule, Name: 'reads' }));
    const target = { Id: 'queue', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:reads` };
    await eventBridge.send(new PutTargetsCommand({ ...rule, Rule: 'reads', Targets: [target] }));
    await publisher.publishSamples();
    const request = new ReceiveMessageCommand({ QueueUrl: queueUrl(publisher.endpointUrl, 'reads') });
    const { Messages: [{ Body: body = '{}' } = {}] = [] } = await sqs.send(request);
    const use =
      "import { readWhole } from './whole.js';\nconsole.log(JSON.stringify(await readWhole(JSON.parse(process.argv[2]))));\n";
    await compile('## Read the whole event', 'whole', use);
    const environment = clientEnvironment(publisher.endpointUrl, 'consumer');

    const event = JSON.parse(body);
    const [line = ''] = await run('use-whole.js', event, environment);
    const unarchived = { ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, archive: null } } };
    const [none] = await run('use-whole.js', unarchived, environment);

    expect(JSON.parse(line)).toMatchObject({
      eventId: event.detail.metadata.eventId,
      class: 'DQL',
      record: { commandText: 'SELECT * FROM bonus', rowCount: 12_000 },
    });
    expect(none).toBe('null');
  });
});
