import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../local/aws/endpoint.ts';
import { ACCOUNT_ID, KEY_ARN, REGION } from '../../local/aws/index.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { readDeployment, readSurroundings, streamArn } from '../../local/deployment.ts';
import { arnOf } from '../../local/intrinsics.ts';
import { startService } from '../../local/provision.ts';
import { finish, putWorkload, RESOURCE_IDS } from '../../local/run.ts';
import { FUNCTION, MAPPING, type Service } from '../../local/service.ts';
import { createBatch } from '../support/batch.ts';
import { EVERYTHING, isAllowed, type Request } from '../support/iam.ts';
import { createResources } from '../support/stack.ts';
import { findStatements } from './checks.ts';

const RECORDS = 40;
const CLUSTER = 'cluster-LOCALPOSTGRESQL';
const STREAM = streamArn(CLUSTER);

// `template.test.ts` compares these with what Serverless packages.
const resources = createResources({ streamArn: RESOURCE_IDS.map(streamArn).join() }, 'dev');
const arn = (logicalId: string) => arnOf(resources, logicalId);
const [ARCHIVE, FAILURES] = [arn('ArchiveBucket'), arn('FailureBucket')];
const OBJECT = `${ARCHIVE}/activity/class=DDL/a`;
const GIVEN_UP = `${FAILURES}/aws/lambda/11111111-2222/shardId-000000000000/2026/03/01/2026-03-01T12.00.00-1`;
const LOG_GROUP = `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group`;
const LOG_STREAM = `${LOG_GROUP}:/aws/lambda/das-router-dev-router:log-stream:2026/03/01/[$LATEST]0`;

type Context = NonNullable<Request['context']>;

const CLUSTER_KEY = 'kms:EncryptionContext:aws:rds:dbc-id';
const OF_CLUSTER: Context = { [CLUSTER_KEY]: CLUSTER };
const VIA_S3 = { 'kms:ViaService': `s3.${REGION}.amazonaws.com` };
const FOR_ARCHIVE: Context = { ...VIA_S3, 'kms:EncryptionContext:aws:s3:arn': ARCHIVE };
const FOR_FAILURES: Context = { ...VIA_S3, 'kms:EncryptionContext:aws:s3:arn': FAILURES };
const CREATE_ONLY: Context = { 's3:if-none-match': '*' };
const OURS: Context = { 'events:source': 'das-router', 'events:detail-type': 'Database Activity DDL' };
const IN_OWN_ACCOUNT: Context = { 's3:ResourceAccount': ACCOUNT_ID };

let service: Service;
/** What IAM is asked for each call that was recorded. */
const recorded: (() => readonly Request[])[] = [];

beforeAll(async () => {
  const { signal } = new AbortController();
  const surroundings = readSurroundings(resources);
  const template = { Resources: resources, Outputs: {} };
  service = await startService({ deployment: readDeployment(resources), surroundings, template }, RESOURCE_IDS, record);
  const put = await putWorkload(service, RECORDS, () => undefined, signal);
  await finish({ service, put }, signal);
  // The same batch twice: the second time S3 answers 412, and the function compares.
  const inner = innerRecord(CLUSTER, 'db-A', [{ type: 'record', serverType: 'PostgreSQL', command: 'CREATE TABLE' }]);
  const sealed = await sealRecord(inner, 'aurora-postgresql', await service.generateDataKey(CLUSTER));
  for (let delivery = 0; delivery < 2; delivery++) await service.lambda.invoke(createBatch(CLUSTER, [sealed]));
});
afterAll(() => service.close());

/** Records a call, and lets it pass. */
function record(call: Call, request: IncomingMessage): boolean {
  if (call.caller !== FUNCTION && call.caller !== MAPPING) return false;
  const chunks: Buffer[] = [];
  // Only what is read at once anyway is listened to: an object's bytes wait for their reader.
  if (request.headers['x-amz-target'] !== undefined) request.on('data', (chunk: Buffer) => chunks.push(chunk));
  recorded.push(() => toRequests(call, request, Buffer.concat(chunks).toString()));
  return false;
}

/** What IAM is asked for a call: with an encrypted bucket, KMS is asked too. */
function toRequests(call: Call, { url, headers }: IncomingMessage, body: string): readonly Request[] {
  const name = `${call.service} ${call.operation}`;
  const object = `arn:aws:s3:::${decodeURIComponent(String(url).slice(1).replace(/\?.*/, ''))}`;
  const encryption = { resource: arn('ArchiveKey'), context: FOR_ARCHIVE };
  switch (name) {
    case 's3 PUT object':
      return [
        { action: 's3:PutObject', resource: object, context: { 's3:if-none-match': headers['if-none-match'] ?? '' } },
        { action: 'kms:GenerateDataKey', ...encryption },
      ];
    case 's3 GET object':
      return [
        { action: 's3:GetObject', resource: object },
        { action: 'kms:Decrypt', ...encryption },
      ];
    case 'kms Decrypt': {
      const pairs = Object.entries<string>(JSON.parse(body).EncryptionContext);
      const context = Object.fromEntries(pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, value]));
      return [{ action: 'kms:Decrypt', resource: KEY_ARN, context }];
    }
    case 'events PutEvents':
      return JSON.parse(body).Entries.map(({ EventBusName: bus, Source, DetailType }: Context) => ({
        action: 'events:PutEvents',
        resource: `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/${bus}`,
        context: { 'events:source': Source, 'events:detail-type': DetailType },
      }));
    case 'kinesis ListShards':
    case 'kinesis GetShardIterator':
    case 'kinesis GetRecords': {
      const { StreamARN, StreamName } = JSON.parse(body);
      const resource = StreamARN ?? `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${StreamName}`;
      return [{ action: `kinesis:${call.operation}`, resource }];
    }
    default:
      throw new Error(`Add here what IAM is asked for ${name}`);
  }
}

const named = (rows: readonly (readonly [what: string, action: string, resource: string, context?: Context])[]) =>
  rows.map(([what, action, resource, context = {}]) => ({ what, request: { action, resource, context } }));

/** What Lambda does on the function's behalf, beside what the local run shows. */
const NEEDED = named([
  ['look at the stream', 'kinesis:DescribeStream', STREAM],
  ["look at the stream's summary", 'kinesis:DescribeStreamSummary', STREAM],
  ['keep a batch that failed', 's3:PutObject', GIVEN_UP, IN_OWN_ACCOUNT],
  ['look for the failure bucket', 's3:ListBucket', FAILURES, IN_OWN_ACCOUNT],
  ['encrypt what failed', 'kms:GenerateDataKey', arn('FailureKey'), FOR_FAILURES],
  ['begin a log', 'logs:CreateLogStream', LOG_STREAM],
  ['write into the log', 'logs:PutLogEvents', LOG_STREAM],
]);

/** Actions that the role has, on what it may not touch; of the others those that a resource's own policy could allow. */
const FORBIDDEN = named([
  ['decrypt a data key without its context', 'kms:Decrypt', KEY_ARN],
  ["decrypt another cluster's data key", 'kms:Decrypt', KEY_ARN, { [CLUSTER_KEY]: 'cluster-OTHER' }],
  ["decrypt an instance's data key", 'kms:Decrypt', KEY_ARN, { 'kms:EncryptionContext:aws:rds:db-id': CLUSTER }],
  ['decrypt with another key', 'kms:Decrypt', `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/other`, OF_CLUSTER],
  ['make a data key of its own', 'kms:GenerateDataKey', KEY_ARN, OF_CLUSTER],
  ['decrypt the archive past S3', 'kms:Decrypt', arn('ArchiveKey')],
  ['decrypt another bucket', 'kms:Decrypt', arn('ArchiveKey'), FOR_FAILURES],
  ['encrypt past S3', 'kms:GenerateDataKey', arn('ArchiveKey'), { ...FOR_ARCHIVE, 'kms:ViaService': 'dynamodb' }],
  ['decrypt what failed', 'kms:Decrypt', arn('FailureKey'), FOR_FAILURES],
  ["delete the archive's key", 'kms:ScheduleKeyDeletion', arn('ArchiveKey')],
  ['overwrite an archive object', 's3:PutObject', OBJECT],
  ['write beside the folders', 's3:PutObject', `${ARCHIVE}/athena/result.csv`, CREATE_ONLY],
  ['write into a folder of a like name', 's3:PutObject', `${ARCHIVE}/activity-old/class=DDL/a`, CREATE_ONLY],
  ['write without TLS', 's3:PutObject', OBJECT, { ...CREATE_ONLY, 'aws:SecureTransport': 'false' }],
  ['write into another bucket', 's3:PutObject', 'arn:aws:s3:::another/activity/class=DDL/a', CREATE_ONLY],
  ['delete from the archive', 's3:DeleteObject', OBJECT],
  ['read the quarantine', 's3:GetObject', `${ARCHIVE}/quarantine/reason=KEY_REJECTED/a`],
  ['list the archive', 's3:ListBucket', ARCHIVE],
  ['read what failed', 's3:GetObject', GIVEN_UP],
  ['write elsewhere in the failure bucket', 's3:PutObject', `${FAILURES}/activity/a`, IN_OWN_ACCOUNT],
  ["write into another account's failure bucket", 's3:PutObject', GIVEN_UP, { 's3:ResourceAccount': '999999999999' }],
  ['publish on the default bus', 'events:PutEvents', `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/default`, OURS],
  ['publish under another source', 'events:PutEvents', arn('ActivityBus'), { ...OURS, 'events:source': 'payroll' }],
  ['create a rule', 'events:PutRule', arn('DdlRule')],
  ['read another stream', 'kinesis:GetRecords', streamArn('cluster-OTHER')],
  ["write into another function's log", 'logs:PutLogEvents', `${LOG_GROUP}:/aws/lambda/payroll:log-stream:0`],
  ["read a consumer's queue", 'sqs:ReceiveMessage', arn('DdlQueue')],
  ['notify the operators', 'sns:Publish', arn('OperatorsTopic')],
]);

describe("the function's role", () => {
  it('allows every call that the local run makes', async () => {
    const requests = recorded.flatMap((readRequests) => readRequests());
    const distinct = new Map(requests.map((request) => [JSON.stringify(request), request]));

    const refused: Request[] = [];
    for (const request of distinct.values()) if (!(await isAllowed(request, resources))) refused.push(request);

    expect(refused).toEqual([]);
  });

  it.each(NEEDED)('allows Lambda to $what', async ({ request }) => {
    expect(await isAllowed(request, resources)).toBe(true);
  });

  it('allows the actions that are used, and no other', () => {
    const used = [...recorded.flatMap((readRequests) => readRequests()), ...NEEDED.map(({ request }) => request)];

    const allowed = findStatements(resources).flatMap(({ Action: action = [] }) => action);

    expect([...new Set(allowed)].sort()).toEqual([...new Set(used.map(({ action }) => action))].sort());
  });

  it('can be assumed by Lambda alone', () => {
    expect(resources.RouterRole?.Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    });
  });
});

describe('the role is refused calls that every permission allows:', () => {
  it.each(FORBIDDEN)('$what', async ({ what, request }) => {
    expect(await isAllowed(request, resources)).toBe(false);
    // The bucket itself refuses that.
    expect(await isAllowed(request, resources, EVERYTHING)).toBe(what !== 'write without TLS');
  });
});
