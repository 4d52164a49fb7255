import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resources } from '../../infra/cloudformation.ts';
import type { Call } from '../../local/aws/endpoint.ts';
import { ACCOUNT_ID, KEY_ARN, REGION } from '../../local/aws/index.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { packageDeployment, streamArn } from '../../local/deployment.ts';
import { arnOf } from '../../local/intrinsics.ts';
import { startService } from '../../local/provision.ts';
import { finish, putWorkload, RESOURCE_IDS } from '../../local/run.ts';
import { FUNCTION, MAPPING, type Service } from '../../local/service.ts';
import { createBatch } from '../support/batch.ts';
import { EVERYTHING, isAllowed, type Request, readRolePolicies } from '../support/iam.ts';

const CLUSTER = 'cluster-LOCALPOSTGRESQL';
const STREAM = streamArn(CLUSTER);
const UNWRAP = { 'kms:EncryptionContext:aws:rds:dbc-id': CLUSTER };
const VIA_S3 = `s3.${REGION}.amazonaws.com`;
const RECORDS = 40;

interface Recorded {
  readonly call: Call;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: () => Readonly<Record<string, unknown>>;
}

let resources: Resources;
let service: Service;
const recorded: Recorded[] = [];

beforeAll(async () => {
  const { signal } = new AbortController();
  const packaged = await packageDeployment(RESOURCE_IDS, signal);
  resources = packaged.template.Resources;
  service = await startService(packaged, RESOURCE_IDS, record);
  const put = await putWorkload(service, RECORDS, () => undefined, signal);
  await finish({ service, put }, signal);
  // The same batch twice: the second time S3 answers 412, and the function compares.
  const sealed = await sealRecord(
    innerRecord(CLUSTER, 'db-LOCALWRITER', [{ type: 'record', serverType: 'PostgreSQL', command: 'CREATE TABLE' }]),
    'aurora-postgresql',
    await service.generateDataKey(CLUSTER),
  );
  for (let delivery = 0; delivery < 2; delivery++) await service.lambda.invoke(createBatch(CLUSTER, [sealed]));
});
afterAll(() => service.close());

/** Takes a call down, and lets it pass. */
function record(call: Call, request: IncomingMessage): boolean {
  if (call.caller !== FUNCTION && call.caller !== MAPPING) return false;
  const chunks: Buffer[] = [];
  // Only what is read at once anyway is listened to: an object's bytes wait for their reader.
  if (request.headers['x-amz-target'] !== undefined) request.on('data', (chunk: Buffer) => chunks.push(chunk));
  recorded.push({
    call,
    path: decodeURIComponent(String(request.url).replace(/\?.*/, '')),
    headers: request.headers,
    body: () => JSON.parse(Buffer.concat(chunks).toString()),
  });
  return false;
}

/** What IAM is asked when this call comes: with an encrypted bucket, KMS is asked too. */
function toRequests({ call, path, headers, body }: Recorded): readonly Request[] {
  const name = `${call.service} ${call.operation}`;
  const objectArn = `arn:aws:s3:::${path.slice(1)}`;
  const archiveKey = arn('ArchiveKey');
  const viaS3 = { 'kms:ViaService': VIA_S3, 'kms:EncryptionContext:aws:s3:arn': arn('ArchiveBucket') };
  switch (name) {
    case 's3 PUT object': {
      const ifNoneMatch = headers['if-none-match'];
      const context = typeof ifNoneMatch === 'string' ? { 's3:if-none-match': ifNoneMatch } : {};
      return [
        { action: 's3:PutObject', resource: objectArn, context },
        { action: 'kms:GenerateDataKey', resource: archiveKey, context: viaS3 },
      ];
    }
    case 's3 GET object':
      return [
        { action: 's3:GetObject', resource: objectArn },
        { action: 'kms:Decrypt', resource: archiveKey, context: viaS3 },
      ];
    case 'kms Decrypt': {
      const { EncryptionContext: encryptionContext } = body() as {
        EncryptionContext: Readonly<Record<string, string>>;
      };
      const context = Object.fromEntries(
        Object.entries(encryptionContext).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]),
      );
      return [{ action: 'kms:Decrypt', resource: KEY_ARN, context }];
    }
    case 'events PutEvents': {
      const { Entries: entries } = body() as { Entries: readonly Readonly<Record<string, string>>[] };
      return entries.map(({ EventBusName: bus, Source: source = '', DetailType: detailType = '' }) => ({
        action: 'events:PutEvents',
        resource: `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/${bus}`,
        context: { 'events:source': source, 'events:detail-type': detailType },
      }));
    }
    case 'kinesis ListShards':
    case 'kinesis GetShardIterator':
    case 'kinesis GetRecords': {
      const { StreamARN: streamArn, StreamName: name } = body();
      const resource = String(streamArn ?? `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${name}`);
      return [{ action: `kinesis:${call.operation}`, resource }];
    }
    default:
      throw new Error(`Say here what IAM is asked for ${name}`);
  }
}

function arn(logicalId: string): string {
  return arnOf(resources, logicalId);
}

const archived = (key: string) => `${arn('ArchiveBucket')}/${key}`;
const failed = (key: string) => `${arn('FailureBucket')}/${key}`;
const viaS3 = (bucket: string) => ({ 'kms:ViaService': VIA_S3, 'kms:EncryptionContext:aws:s3:arn': arn(bucket) });
const logStream = (group: string) =>
  `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${group}:log-stream:2026/03/01/[$LATEST]0`;
const CREATE_ONLY = { 's3:if-none-match': '*' };
const OURS = { 'events:source': 'das-router', 'events:detail-type': 'Database Activity DDL' };

describe("the function's role", () => {
  it('allows every call that the local run makes', async () => {
    const requests = recorded.flatMap(toRequests);
    const distinct = new Map(requests.map((request) => [JSON.stringify(request), request]));

    const refused: Request[] = [];
    for (const request of distinct.values()) if (!(await isAllowed(request, resources))) refused.push(request);

    expect(refused).toEqual([]);
    expect(new Set(requests.map(({ action }) => action))).toEqual(
      new Set([
        'kinesis:ListShards',
        'kinesis:GetShardIterator',
        'kinesis:GetRecords',
        'kms:Decrypt',
        's3:PutObject',
        'kms:GenerateDataKey',
        's3:GetObject',
        'events:PutEvents',
      ]),
    );
  });

  const needed: Readonly<Record<string, () => Request>> = {
    'Lambda looks at the stream': () => ({ action: 'kinesis:DescribeStream', resource: STREAM }),
    'Lambda looks at its summary': () => ({ action: 'kinesis:DescribeStreamSummary', resource: STREAM }),
    'Lambda keeps a batch that it gave up': () => ({
      action: 's3:PutObject',
      resource: failed('aws/lambda/11111111-2222/shardId-000000000000/2026/03/01/2026-03-01T12.00.00-1'),
      context: { 's3:ResourceAccount': ACCOUNT_ID },
    }),
    'and looks for its bucket': () => ({
      action: 's3:ListBucket',
      resource: arn('FailureBucket'),
      context: { 's3:ResourceAccount': ACCOUNT_ID },
    }),
    'and has it encrypted': () => ({
      action: 'kms:GenerateDataKey',
      resource: arn('FailureKey'),
      context: viaS3('FailureBucket'),
    }),
    'Lambda begins a log': () => ({
      action: 'logs:CreateLogStream',
      resource: logStream('/aws/lambda/das-router-dev-router'),
    }),
    'Lambda writes into it': () => ({
      action: 'logs:PutLogEvents',
      resource: logStream('/aws/lambda/das-router-dev-router'),
    }),
  };

  it.each(Object.entries(needed))('allows what is done on its behalf: %s', async (_what, request) => {
    expect(await isAllowed(request(), resources)).toBe(true);
  });

  it('allows no action that nobody needs', () => {
    const used = [...recorded.flatMap(toRequests), ...Object.values(needed).map((request) => request())];
    const statements = readRolePolicies(resources).flatMap(
      ({ policy }) => (policy as { Statement: readonly { Action: string | readonly string[] }[] }).Statement,
    );

    const allowed = new Set(statements.flatMap(({ Action: action }) => action));

    expect([...allowed].sort()).toEqual([...new Set(used.map(({ action }) => action))].sort());
  });

  const forbidden: Readonly<Record<string, () => Request>> = {
    'unwrap a data key without its context': () => ({ action: 'kms:Decrypt', resource: KEY_ARN }),
    "unwrap another cluster's data key": () => ({
      action: 'kms:Decrypt',
      resource: KEY_ARN,
      context: { 'kms:EncryptionContext:aws:rds:dbc-id': 'cluster-OTHER' },
    }),
    "unwrap an instance's data key": () => ({
      action: 'kms:Decrypt',
      resource: KEY_ARN,
      context: { 'kms:EncryptionContext:aws:rds:db-id': CLUSTER },
    }),
    'decrypt with another key': () => ({
      action: 'kms:Decrypt',
      resource: `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/other`,
      context: UNWRAP,
    }),
    "encrypt with the stream's key": () => ({ action: 'kms:Encrypt', resource: KEY_ARN, context: UNWRAP }),
    'make a data key of its own': () => ({ action: 'kms:GenerateDataKey', resource: KEY_ARN, context: UNWRAP }),
    "pass the stream's key on": () => ({ action: 'kms:CreateGrant', resource: KEY_ARN }),
    "read the stream's key policy": () => ({ action: 'kms:GetKeyPolicy', resource: KEY_ARN }),
    'decrypt the archive past S3': () => ({ action: 'kms:Decrypt', resource: arn('ArchiveKey') }),
    'decrypt another bucket with its key': () => ({
      action: 'kms:Decrypt',
      resource: arn('ArchiveKey'),
      context: { 'kms:ViaService': VIA_S3, 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::another' },
    }),
    'encrypt with its key through another service': () => ({
      action: 'kms:GenerateDataKey',
      resource: arn('ArchiveKey'),
      context: { ...viaS3('ArchiveBucket'), 'kms:ViaService': `dynamodb.${REGION}.amazonaws.com` },
    }),
    'decrypt what Lambda gave up': () => ({
      action: 'kms:Decrypt',
      resource: arn('FailureKey'),
      context: viaS3('FailureBucket'),
    }),
    "delete the archive's key": () => ({ action: 'kms:ScheduleKeyDeletion', resource: arn('ArchiveKey') }),
    "turn the archive's key off": () => ({ action: 'kms:DisableKey', resource: arn('ArchiveKey') }),
    'write over an archive object': () => ({ action: 's3:PutObject', resource: archived('activity/class=DDL/a') }),
    'write beside the folders': () => ({
      action: 's3:PutObject',
      resource: archived('athena/result.csv'),
      context: CREATE_ONLY,
    }),
    'write into a folder of a like name': () => ({
      action: 's3:PutObject',
      resource: archived('activity-old/class=DDL/a'),
      context: CREATE_ONLY,
    }),
    'write without TLS': () => ({
      action: 's3:PutObject',
      resource: archived('activity/class=DDL/a'),
      context: { ...CREATE_ONLY, 'aws:SecureTransport': 'false' },
    }),
    'write into another bucket': () => ({
      action: 's3:PutObject',
      resource: 'arn:aws:s3:::another/activity/class=DDL/a',
      context: CREATE_ONLY,
    }),
    'delete from the archive': () => ({ action: 's3:DeleteObject', resource: archived('activity/class=DDL/a') }),
    'delete a version': () => ({ action: 's3:DeleteObjectVersion', resource: archived('activity/class=DDL/a') }),
    'shorten a lock': () => ({ action: 's3:PutObjectRetention', resource: archived('activity/class=DDL/a') }),
    'get around a lock': () => ({ action: 's3:BypassGovernanceRetention', resource: archived('activity/class=DDL/a') }),
    'open an object to others': () => ({ action: 's3:PutObjectAcl', resource: archived('activity/class=DDL/a') }),
    'read the quarantine': () => ({ action: 's3:GetObject', resource: archived('quarantine/reason=KEY_REJECTED/a') }),
    'read an old version': () => ({ action: 's3:GetObjectVersion', resource: archived('activity/class=DDL/a') }),
    'list the archive': () => ({ action: 's3:ListBucket', resource: arn('ArchiveBucket') }),
    "change the bucket's policy": () => ({ action: 's3:PutBucketPolicy', resource: arn('ArchiveBucket') }),
    'change how long it keeps': () => ({ action: 's3:PutLifecycleConfiguration', resource: arn('ArchiveBucket') }),
    'turn versions off': () => ({ action: 's3:PutBucketVersioning', resource: arn('ArchiveBucket') }),
    'delete the bucket': () => ({ action: 's3:DeleteBucket', resource: arn('ArchiveBucket') }),
    'read what Lambda gave up': () => ({ action: 's3:GetObject', resource: failed('aws/lambda/a') }),
    'delete what Lambda gave up': () => ({ action: 's3:DeleteObject', resource: failed('aws/lambda/a') }),
    'write elsewhere in the failure bucket': () => ({
      action: 's3:PutObject',
      resource: failed('activity/a'),
      context: { 's3:ResourceAccount': ACCOUNT_ID },
    }),
    'write into a failure bucket that became somebody else’s': () => ({
      action: 's3:PutObject',
      resource: failed('aws/lambda/a'),
      context: { 's3:ResourceAccount': '999999999999' },
    }),
    'publish on the default bus': () => ({
      action: 'events:PutEvents',
      resource: `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/default`,
      context: OURS,
    }),
    'publish under another source': () => ({
      action: 'events:PutEvents',
      resource: arn('ActivityBus'),
      context: { ...OURS, 'events:source': 'payroll' },
    }),
    'make a rule': () => ({ action: 'events:PutRule', resource: arn('DdlRule') }),
    'take a target away': () => ({ action: 'events:RemoveTargets', resource: arn('DdlRule') }),
    'delete the bus': () => ({ action: 'events:DeleteEventBus', resource: arn('ActivityBus') }),
    'write into the stream': () => ({ action: 'kinesis:PutRecord', resource: STREAM }),
    'delete the stream': () => ({ action: 'kinesis:DeleteStream', resource: STREAM }),
    'read another stream': () => ({ action: 'kinesis:GetRecords', resource: streamArn('cluster-OTHER') }),
    'make a log group': () => ({
      action: 'logs:CreateLogGroup',
      resource: `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:/aws/lambda/das-router-dev-router`,
    }),
    "write into another function's log": () => ({
      action: 'logs:PutLogEvents',
      resource: logStream('/aws/lambda/payroll'),
    }),
    'delete its own log': () => ({
      action: 'logs:DeleteLogStream',
      resource: logStream('/aws/lambda/das-router-dev-router'),
    }),
    "read a consumer's queue": () => ({ action: 'sqs:ReceiveMessage', resource: arn('DdlQueue') }),
    'send past the bus': () => ({ action: 'sqs:SendMessage', resource: arn('DdlQueue') }),
    'tell the operators': () => ({ action: 'sns:Publish', resource: arn('OperatorsTopic') }),
    'change its own code': () => ({ action: 'lambda:UpdateFunctionCode', resource: arn('RouterLambdaFunction') }),
    'take another role': () => ({ action: 'sts:AssumeRole', resource: `arn:aws:iam::${ACCOUNT_ID}:role/admin` }),
    'stop the activity stream': () => ({
      action: 'rds:StopActivityStream',
      resource: `arn:aws:rds:${REGION}:${ACCOUNT_ID}:cluster:payroll`,
    }),
  };

  it.each(Object.entries(forbidden))('does not let it %s', async (_what, request) => {
    expect(await isAllowed(request(), resources)).toBe(false);
  });

  it('is refused forty calls and more, each of which a role that may do all is allowed', async () => {
    const refused: string[] = [];
    for (const [what, request] of Object.entries(forbidden)) {
      if (!(await isAllowed(request(), resources, EVERYTHING))) refused.push(what);
    }

    // The bucket itself refuses that.
    expect(refused).toEqual(['write without TLS']);
    expect(Object.keys(forbidden).length).toBeGreaterThanOrEqual(40);
  });

  it('is taken by Lambda alone', () => {
    expect(resources.RouterRole?.Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    });
  });
});
