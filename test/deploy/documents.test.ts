import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { markOf } from '../../cli/redrive/marks.ts';
import { clientOptions, queueUrl, REGION } from '../../local/aws/index.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../support/activity.ts';
import { blocksOf, readDocument } from '../support/documents.ts';
import { COMMANDS, commandsFor, fillCommand, STACK } from './commands.ts';
import { readPhysicalIds } from './deployed.ts';
import { runShell } from './shell.ts';

/** Commands that moto cannot answer, with the reason: the AWS CLI checks them by AWS' own models, options and `--query`. */
const NOT_IN_MOTO: Readonly<Record<string, string>> = {
  'aws rds start-activity-stream': 'it knows no activity streams',
  'aws rds stop-activity-stream': 'it knows no activity streams',
  'aws rds describe-db-clusters': 'its clusters have no activity streams, so what is asked for is null',
  "aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,ActivityStreamStatus":
    'its instances have no activity streams either',
  'aws lambda get-account-settings': 'it lacks the operation',
  'aws s3api get-bucket-policy': 'it makes no AWS::S3::BucketPolicy of a stack',
};

/** A batch that Lambda gave up. */
const FAILURE_KEY =
  'aws/lambda/11111111-2222-3333-4444-555555555555/shardId-000000000000/2026/03/01/2026-03-01T12.30.00-55555555-4444-3333-2222-111111111111';

const endpointUrl = inject('endpointUrl');
const options = clientOptions(endpointUrl, 'operator');
const s3 = new S3Client(options);
let folder: string;
/** Values of placeholders; results of commands add to them. */
let values: Readonly<Record<string, string>>;

const run = (command: string) => runShell(fillCommand(command, values), endpointUrl, folder);
const isKnown = (command: string) => !Object.keys(NOT_IN_MOTO).some((start) => command.startsWith(start));

/** Whether every value that a command asks for is there. */
function isWhole(value: unknown): boolean {
  if (value === null) return false;
  if (typeof value !== 'object') return true;
  const members = Object.values(value);
  return members.length > 0 && members.every(isWhole);
}

/** Creates what a command shows. */
const PREPARE: Readonly<Record<string, () => Promise<unknown>>> = {
  'aws logs filter-log-events': async () => {
    const event = createEvent({ activity: { class: 'DDL', database: 'payroll' } });
    const { detailType, detail } = createActivityEntry(event, null, createConfig());
    const entry = { EventBusName: STACK, Source: 'das-router', DetailType: detailType, Detail: detail };
    return new EventBridgeClient(options).send(new PutEventsCommand({ Entries: [entry] }));
  },
  'aws sqs receive-message': async () => {
    const attribute = { DataType: 'String', StringValue: 'rule ARN' };
    const message = { MessageBody: '{}', MessageAttributes: { RULE_ARN: attribute } };
    return new SQSClient(options).send(new SendMessageCommand({ QueueUrl: values.queue, ...message }));
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  const physicalIds = await readPhysicalIds(endpointUrl);
  const idOf = (logicalId: string) => String(physicalIds.get(logicalId));
  const keyArn = inject('keyArn');
  values = {
    'key ARN': keyArn,
    id: keyArn.replace(/^.*\//, ''),
    // Another one: moto fails to describe a key whose policy comes from a stack.
    FailureKeyArn: keyArn,
    ArchiveBucketName: idOf('ArchiveBucket'),
    FailureBucketName: idOf('FailureBucket'),
    queue: queueUrl(endpointUrl, idOf('DdlDeadLetterQueue').replace(/^.*\//, '')),
    key: FAILURE_KEY,
  };
  // With the mark that the batch is redriven.
  for (const Key of [FAILURE_KEY, markOf(FAILURE_KEY)]) {
    await s3.send(new PutObjectCommand({ Bucket: values.FailureBucketName, Key, Body: '{}' }));
  }
  const location = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'query-results', ...location }));
  const owner = '--master-username payroll --master-user-password payroll-1';
  const { status } = await run(
    `aws rds create-db-cluster --db-cluster-identifier payroll --engine aurora-postgresql ${owner}
    aws rds create-db-instance --db-instance-identifier ledger --engine oracle-ee --db-instance-class db.r6g.large \\
      --allocated-storage 20 ${owner}`,
  );
  expect(status).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a command of the documents', () => {
  // The set-up runs these two.
  const commands = COMMANDS.filter(({ text }) => !/^npx serverless (deploy|remove) /.test(text));

  it('is one of the AWS CLI, of Serverless, or of the project', () => {
    for (const { text } of COMMANDS) expect(text).toMatch(/^(aws [a-z0-9]+ [a-z0-9-]+|npx serverless|npx das-router) /);
    expect(COMMANDS.length).toBeGreaterThan(25);
  });

  it('deploys with options that the deployment of the set-up has too', () => {
    const [deployed = ''] = commandsFor('npx serverless deploy --stage');

    for (const command of commandsFor('npx serverless deploy')) {
      expect(deployed.split(' --')).toEqual(expect.arrayContaining(command.split(' --')));
    }
  });

  it.each(commands.filter(({ text }) => isKnown(text)))('works as it is: $document: $text', async ({ text }) => {
    const [, prepare] = Object.entries(PREPARE).find(([start]) => text.startsWith(start)) ?? [];
    await prepare?.();

    const { status, stdout } = await run(text);

    // Nothing is archived on the day of the example, which verify reports.
    expect(status).toBe(text.startsWith('npx das-router verify') ? 1 : 0);
    if (text.includes('--query ')) expect(JSON.parse(stdout)).toSatisfy(isWhole);
    const [, id] = /"(?:queryId|QueryExecutionId)": "(.*)"/.exec(stdout) ?? [];
    if (id !== undefined) values = { ...values, 'the id that it answered': id };
  });

  it.each(commands.filter(({ text }) => !isKnown(text)))(
    'is valid by the models of the AWS CLI, where moto cannot answer it: $text',
    async ({ text }) => {
      const { status, stdout } = await run(`${text} --generate-cli-skeleton output`);

      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toSatisfy(isWhole);
    },
  );

  it.each(Object.keys(NOT_IN_MOTO))('is excepted only while moto cannot answer it: %s', async (start) => {
    const { status, stdout } = await run(commandsFor(start)[0] ?? '');

    expect(status === 0 && isWhole(JSON.parse(stdout))).toBe(false);
  });
});

describe("a query of the runbook for the function's log", () => {
  const [start = ''] = commandsFor('aws logs start-query');
  const queries = blocksOf(readDocument('docs/runbook.md')).filter(({ language }) => language === 'logs-insights');

  it.each(queries)('is accepted in the command that the runbook gives: $heading', async ({ text }) => {
    const { status, stdout } = await run(start.replace('<query>', text));

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('queryId');
  });
});
