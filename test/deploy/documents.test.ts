import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markOf } from '../../cli/redrive/marks.ts';
import { ACCOUNT_ID, clientEnvironment, clientOptions, queueUrl, REGION } from '../../local/aws/index.ts';
import { streamArn } from '../../local/deployment.ts';
import { toEventRecord } from '../../local/mapping/event-records.ts';
import { createFailureObject } from '../../local/mapping/failure-object.ts';
import { ROOT } from '../../local/package.ts';
import { createStream } from '../../local/provision.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../support/activity.ts';
import { blocksOf, fillIn, readDocument } from '../support/documents.ts';
import { type Moto, startMoto } from './moto.ts';
import { AWS_CLI_FOLDER } from './python.ts';

const CLUSTER = 'cluster-PAYROLL';
const SHARD = 'shardId-000000000000';
const STAGE = 'dev';
const STACK = `das-router-${STAGE}`;
/** The account of the documents' examples. */
const EXAMPLE_ACCOUNT = '111122223333';

interface Command {
  readonly document: string;
  readonly text: string;
}

/** The commands of a document, in its order: the lines of its shell blocks, and what stands between backticks. */
function commandsOf(document: string): readonly Command[] {
  const text = readDocument(document);
  const found = [...text.matchAll(/^( *)```sh\n(.*?)^ *```$|`((?:aws|npx) [^`]*)`/gms)].flatMap(
    ({ 2: block, 3: span = '' }) => (block === undefined ? [span] : block.replaceAll(/ *\\\n */g, ' ').split('\n')),
  );
  return found
    .map((command) => command.trim())
    .filter((command) => command !== '' && !MENTIONS.has(command))
    .map((command) => ({ document, text: command }));
}

/** No commands, but the names of programs. */
const MENTIONS: ReadonlySet<string> = new Set(['npx serverless']);

/** From top to bottom: the first deploys what the second is read for. */
const COMMANDS = [...commandsOf('docs/deploying.md'), ...commandsOf('docs/runbook.md')];

/** What moto cannot answer: the AWS CLI checks these alone, by AWS' own models, options and what `--query` asks for. */
const NOT_IN_MOTO: Readonly<Record<string, string>> = {
  'aws rds start-activity-stream': 'it knows no activity streams',
  'aws rds stop-activity-stream': 'it knows no activity streams',
  'aws rds describe-db-clusters': 'its clusters have no activity streams, so what is asked for is null',
  "aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,ActivityStreamStatus":
    'its instances have no activity streams either',
  'aws lambda get-account-settings': 'it lacks the operation',
  'aws s3api get-bucket-policy': 'it makes no AWS::S3::BucketPolicy of a stack',
};

/** What is asked otherwise here: a part of a command, what stands in its place, and why. */
const ASKED_OTHERWISE: readonly (readonly [string, () => string, string])[] = [
  [
    ',LastProcessingResult' satisfies `,${keyof EventSourceMappingConfiguration}`,
    () => '',
    'moto leaves it out; the types of the AWS SDK have it',
  ],
  [
    '--function-name das-router-dev-router',
    () => `--function-name arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:das-router-dev-router`,
    'moto finds mappings by the ARN alone',
  ],
  ['aws sqs', () => `aws --endpoint-url ${moto.url} sqs`, "version 1 of the AWS CLI leaves SQS' endpoint as it is"],
];

/** What ends with another status than 0, and why. */
const STATUS: Readonly<Record<string, { readonly status: number; readonly reason: string }>> = {
  'npx das-router verify': { status: 1, reason: 'nothing was archived on the day' },
};

let moto: Moto;
let folder: string;
/** What stands in the place of `<…>`; answers of commands add to it. */
const values: Record<string, string> = {
  stage: STAGE,
  Region: REGION,
  account: ACCOUNT_ID,
  resourceId: CLUSTER,
  results: 'query-results',
  name: 'missed',
  from: '1772323200',
  to: '1772409600',
  day: '2026-03-01',
  since: '2026-03-01T12:00:00Z',
  until: '2026-03-01T13:00:00Z',
  query: 'fields @timestamp | limit 1',
  'cluster ARN': `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:payroll`,
  'stream ARN': streamArn(CLUSTER),
  'bus ARN': `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/${STACK}`,
  'rule ARN': `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${STACK}/payroll-ddl`,
};

const options = () => clientOptions(moto.url, 'operator');

/** Runs a command as a person does, against moto; answers what it printed. */
async function run(command: string): Promise<{ readonly status: number; readonly stdout: string }> {
  const { PATH, HOME } = process.env;
  const env = {
    PATH: [AWS_CLI_FOLDER, PATH].join(delimiter),
    HOME,
    AWS_PAGER: '',
    ...clientEnvironment(moto.url, 'operator'),
  };
  // What a command of the AWS CLI writes is thrown away; npx looks for the project's programs where it is.
  const cwd = command.startsWith('npx ') ? ROOT : folder;
  return promisify(execFile)('bash', ['-c', command], { env, cwd }).then(
    ({ stdout }) => ({ status: 0, stdout }),
    ({ code, stdout, stderr }) => {
      if (stdout === '') process.stderr.write(stderr);
      return { status: Number(code), stdout };
    },
  );
}

function fill(command: string): string {
  const filled = fillIn(command, values).replaceAll(EXAMPLE_ACCOUNT, ACCOUNT_ID);
  return ASKED_OTHERWISE.reduce((text, [part, other]) => text.replace(part, other), filled);
}

function entryOf<T>(table: Readonly<Record<string, T>>, command: string): T | undefined {
  return Object.entries(table).find(([start]) => command.startsWith(start))?.[1];
}

/** Keeps the id that the next command asks with. */
function keepId(stdout: string): void {
  const { QueryExecutionId: ofAthena, queryId: ofLogs } = stdout.startsWith('{') ? JSON.parse(stdout) : {};
  const id = ofAthena ?? ofLogs;
  if (id !== undefined) values['the id that it answered'] = id;
}

/** Whether an answer has something for everything that was asked for. */
function isWhole(answer: unknown): boolean {
  if (answer === null) return false;
  if (typeof answer !== 'object') return true;
  const members = Object.values(answer);
  return members.length > 0 && members.every(isWhole);
}

/** What must be there before a command can show anything. */
const PREPARE: Readonly<Record<string, () => Promise<unknown>>> = {
  'aws logs filter-log-events': async () => {
    const event = createEvent({ activity: { class: 'DDL', database: 'payroll' } });
    const { detailType, detail } = createActivityEntry(event, null, createConfig());
    const entry = { EventBusName: STACK, Source: 'das-router', DetailType: detailType, Detail: detail };
    return new EventBridgeClient(options()).send(new PutEventsCommand({ Entries: [entry] }));
  },
  'aws sqs receive-message': async () => {
    const attribute = { DataType: 'String', StringValue: values['rule ARN'] };
    const message = { MessageBody: '{}', MessageAttributes: { RULE_ARN: attribute } };
    return new SQSClient(options()).send(new SendMessageCommand({ QueueUrl: values.queue, ...message }));
  },
};

/** Reads of the stack what its outputs would say, if moto had them. */
async function readStack(): Promise<void> {
  const listed = await new CloudFormationClient(options()).send(new ListStackResourcesCommand({ StackName: STACK }));
  const ids = new Map(
    listed.StackResourceSummaries?.map(({ LogicalResourceId: name, PhysicalResourceId: id }) => [name, String(id)]),
  );
  values.ArchiveBucketName = String(ids.get('ArchiveBucket'));
  values.FailureBucketName = String(ids.get('FailureBucket'));
  // Another one: moto fails to describe a key whose policy comes from a stack.
  values.FailureKeyArn = String(values['key ARN']);
  values.queue = queueUrl(moto.url, String(ids.get('DdlDeadLetterQueue')).replace(/^.*\//, ''));
  await putFailure(String(values.FailureBucketName));
}

/** A batch that Lambda gave up, and the mark that it is redriven. */
async function putFailure(bucket: string): Promise<void> {
  const record = {
    Data: Buffer.from('data'),
    PartitionKey: 'key',
    SequenceNumber: '1',
    ApproximateArrivalTimestamp: new Date(0),
  };
  const source = { streamArn: streamArn(CLUSTER), shardId: SHARD };
  const { key, body } = createFailureObject(
    {
      records: [toEventRecord(record, source)],
      condition: 'RecordAgeExceeded',
      invocations: 1,
      functionError: false,
    },
    { ...source, mappingId: '11111111-2222-3333-4444-555555555555', functionArn: STACK },
    0,
  );
  const s3 = new S3Client(options());
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: markOf(key), Body: '{}' }));
  values.key = key;
}

beforeAll(async () => {
  moto = await startMoto();
  folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  const { KeyMetadata: key } = await new KMSClient(options()).send(new CreateKeyCommand({}));
  values['key ARN'] = String(key?.Arn);
  values.id = String(key?.KeyId);
  await createStream(moto.url, CLUSTER);
  await new S3Client(options()).send(
    new CreateBucketCommand({
      Bucket: String(values.results),
      CreateBucketConfiguration: { LocationConstraint: REGION },
    }),
  );
  const owner = '--master-username payroll --master-user-password payroll-1';
  const cluster = '--db-cluster-identifier payroll --engine aurora-postgresql';
  const instance = '--db-instance-identifier ledger --engine oracle-ee --db-instance-class db.r6g.large';
  for (const create of [`create-db-cluster ${cluster}`, `create-db-instance ${instance} --allocated-storage 20`]) {
    expect((await run(`aws rds ${create} ${owner}`)).status).toBe(0);
  }
}, 60_000);

afterAll(async () => {
  await moto?.close();
  if (folder) await rm(folder, { recursive: true });
});

describe('a command of the documents', () => {
  const [known, unknown] = [true, false].map((inMoto) =>
    COMMANDS.filter(({ text }) => (entryOf(NOT_IN_MOTO, text) === undefined) === inMoto),
  );

  it('is one of the AWS CLI, of Serverless, or of the project', () => {
    for (const { text } of COMMANDS) expect(text).toMatch(/^(aws [a-z0-9]+ [a-z0-9-]+|npx serverless|npx das-router) /);
    expect(COMMANDS.length).toBeGreaterThan(25);
  });

  it.each(known ?? [])('does what it says: $document: $text', async ({ text }) => {
    await entryOf(PREPARE, text)?.();

    const { status, stdout } = await run(fill(text));

    expect(status).toBe(entryOf(STATUS, text)?.status ?? 0);
    if (text.startsWith('aws ') && !text.startsWith('aws s3 ')) keepId(stdout);
    if (text.includes('--query ')) expect(JSON.parse(stdout)).toSatisfy(isWhole);
    if (text.startsWith('npx serverless deploy') && !text.includes('--stage')) await readStack();
  });

  it.each(unknown ?? [])(
    'is right by the models of the AWS CLI, where moto cannot answer it: $text',
    async ({ text }) => {
      const { status, stdout } = await run(`${fill(text)} --generate-cli-skeleton output`);

      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toSatisfy(isWhole);
    },
  );

  it.each(Object.keys(NOT_IN_MOTO))(
    'is not run against moto for as long as that cannot answer it: %s',
    async (start) => {
      const { text = '' } = COMMANDS.find((command) => command.text.startsWith(start)) ?? {};

      const { status, stdout } = await run(fill(text));

      expect(status === 0 && isWhole(JSON.parse(stdout))).toBe(false);
    },
  );
});

describe("a query of the runbook for the function's log", () => {
  const [start = ''] = COMMANDS.map(({ text }) => text).filter((text) => text.startsWith('aws logs start-query'));
  const queries = blocksOf(readDocument('docs/runbook.md')).filter(({ language }) => language === 'logs-insights');

  it.each(queries)('is taken in the command that the runbook gives: $heading', async ({ text }) => {
    const { status, stdout } = await run(fill(start.replace('<query>', text)));

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('queryId');
  });
});
