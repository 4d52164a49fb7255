import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT_ID, clientOptions, queueUrl } from '../../local/aws/index.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { EXPECTED, type Publisher, startPublisher } from '../support/publisher.ts';
import { readBlocks } from '../support/subscribing.ts';
import { runShell } from './shell.ts';

/** The rules of which the commands run; test/unit/docs generates the commands of every rule alike. */
const RULES = ['ddl-on-one-database', 'dml-by-people'] as const;

let folder: string;
let publisher: Publisher;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-shell-'));
  await symlink(join(ROOT, 'examples'), join(folder, 'examples'));
  publisher = await startPublisher();
});
afterAll(async () => {
  await publisher.close();
  await rm(folder, { recursive: true });
});

/** Runs a block of the document; returns its output. */
async function run(block: string, endpointUrl = publisher.endpointUrl): Promise<string> {
  const { status, stdout } = await runShell(block, endpointUrl, folder);
  expect(status).toBe(0);
  return stdout;
}

describe('the commands of the rules', () => {
  let sampleOf: (event: BusEvent) => string;
  const events: BusEvent[] = [];
  const [once = '', afterwards = ''] = readBlocks('sh', { heading: '### AWS CLI' });
  beforeAll(async () => {
    await run(once);
    for (const rule of RULES) await run(readBlocks('sh', { rule })[0] ?? '');
    sampleOf = await publisher.publishSamples();
    const sqs = new SQSClient(clientOptions(publisher.endpointUrl, 'test'));
    const QueueUrl = queueUrl(publisher.endpointUrl, 'database-activity');
    for (;;) {
      const request = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
      const { Messages: messages = [] } = await sqs.send(request);
      if (messages.length === 0) break;
      events.push(...messages.map(({ Body: body = '' }) => JSON.parse(body)));
    }
  });

  it('fill the queue with the events of each rule', () => {
    expect(events.map(sampleOf).sort()).toEqual(RULES.flatMap((rule) => EXPECTED[rule] ?? []).sort());
  });

  it('find the whole event in the archive', async () => {
    const [fetch = ''] = readBlocks('sh', { heading: '## Read the whole event' });
    const { metadata } = events.find((event) => sampleOf(event) === 'create table')?.detail ?? {};
    const { bucket = '', key = '' } = (metadata?.archive ?? {}) as Record<string, string>;
    const filled = fetch
      .replaceAll('<bucket>', bucket)
      .replaceAll('<key>', key)
      .replaceAll('<eventId>', metadata?.eventId ?? '');

    const printed = await run(filled);

    expect(JSON.parse(printed)).toMatchObject({
      class: 'DDL',
      record: { commandText: 'CREATE TABLE bonus (id int)' },
    });
  });

  it('list, disable and delete a rule', async () => {
    const printed = await run(afterwards);

    expect(printed.match(/"Name": "[\w-]+"/g)).toHaveLength(RULES.length);
    expect(printed).toContain('database-activity-dead-letters');
    expect(await run(afterwards.split('\n')[0] ?? '')).not.toContain('ddl-on-one-database');
  });
});

it('the walk-through ends with a DDL in the queue, and leaves no rule behind', async () => {
  const [start, subscribe = '', publish = '', cleanUp = ''] = readBlocks('sh', {
    heading: '## Try it on your machine',
  });
  // test/integration/start.test.ts runs it; here the same stand-ins run without the service.
  expect(start).toBe('npm ci && npm start -- --keep\n');

  await run(subscribe);
  const printed = await run(publish);
  await run(cleanUp);

  const event: BusEvent = JSON.parse(printed.split('\n').find((line) => line.startsWith('{"version"')) ?? '{}');
  expect(event).toMatchObject({ 'detail-type': 'Database Activity DDL', detail: { data: { database: 'payroll' } } });
  expect(await run('aws events list-rules --event-bus-name das-router-dev')).not.toContain('payroll-ddl');
});

it('an emulator that knows IAM accepts the commands for another account, and those of Athena', async () => {
  const [queue = '', theirRule = '', ownRule = ''] = readBlocks('sh', { heading: '## From another account' });
  const athena = readBlocks('sh', { heading: '## Read the whole event' }).at(-1)?.replace('<results>', 'results') ?? '';
  const endpointUrl = inject('endpointUrl');

  for (const block of [theirRule, queue, ownRule]) await run(block, endpointUrl);
  const query = await run(athena, endpointUrl);

  const rules =
    'aws events list-targets-by-rule --event-bus-name das-router-dev --rule to-subscriber --query Targets[].Arn';
  expect(JSON.parse(await run(rules, endpointUrl))).toEqual([
    `arn:aws:sqs:eu-west-1:${ACCOUNT_ID}:database-activity`,
    `arn:aws:events:eu-west-1:${ACCOUNT_ID}:event-bus/database-activity`,
  ]);
  expect(JSON.parse(query)).toHaveProperty('QueryExecutionId');
});
