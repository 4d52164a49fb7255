import { encryptionContext } from '../src/encryption-context.ts';
import { arnOf, policyDocument, type Resources, ref, type Statement, substitute } from './cloudformation.ts';
import type { Parameters, Stream } from './parameters.ts';

/** The function's role: what the code and Lambda on its behalf call, and nothing else. */
export function createRole(parameters: Parameters): Resources {
  return {
    RouterRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: policyDocument({
          Sid: 'RunAsFunction',
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        }),
        Policies: [{ PolicyName: 'router', PolicyDocument: policyDocument(...createStatements(parameters)) }],
      },
    },
  };
}

function createStatements({ streamArn: streams, kmsKeyArn: keys, ...parameters }: Parameters): readonly Statement[] {
  const { archivePrefix, quarantinePrefix, eventSource } = parameters;
  return [
    ...(streams.length === 0 ? [] : [readStreams(streams), ...unwrapDataKeys(streams, keys)]),
    {
      Sid: 'ArchiveAndQuarantine',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: [archivePrefix, quarantinePrefix].map((prefix) => substitute(`\${ArchiveBucket.Arn}/${prefix}/*`)),
      // Nothing that is there can be written over. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
      Condition: { Null: { 's3:if-none-match': 'false' } },
    },
    {
      // S3 answers 412 where the key exists: then the content is compared.
      Sid: 'CompareWithArchived',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: substitute(`\${ArchiveBucket.Arn}/${archivePrefix}/*`),
    },
    encryptObjects('EncryptArchive', 'ArchiveKey', 'ArchiveBucket', ['kms:GenerateDataKey', 'kms:Decrypt']),
    {
      Sid: 'Publish',
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: arnOf('ActivityBus'),
      // A call with several entries has several sources: all must be ours, and there must be one.
      Condition: { 'ForAllValues:StringEquals': { 'events:source': eventSource }, Null: { 'events:source': 'false' } },
    },
    {
      Sid: 'KeepFailures',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: substitute('${FailureBucket.Arn}/aws/lambda/*'),
      Condition: inOwnAccount(),
    },
    {
      // Lambda looks for the bucket when the mapping is made.
      Sid: 'FindFailureBucket',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: arnOf('FailureBucket'),
      Condition: inOwnAccount(),
    },
    encryptObjects('EncryptFailures', 'FailureKey', 'FailureBucket', ['kms:GenerateDataKey']),
    {
      Sid: 'WriteLog',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: arnOf('RouterLogGroup'),
    },
  ];
}

function readStreams(streams: readonly Stream[]): Statement {
  return {
    Sid: 'ReadStreams',
    Effect: 'Allow',
    Action: [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
    ],
    Resource: streams.map(({ arn }) => arn),
  };
}

/** A statement for each key and each kind of source: the values of a condition are alternatives. */
function unwrapDataKeys(streams: readonly Stream[], keys: readonly string[]): readonly Statement[] {
  const pairs = streams.flatMap(({ resourceId }, position) =>
    Object.entries(encryptionContext(resourceId)).map(([name, value]) => ({
      name,
      value,
      key: keys[position] ?? keys[0],
    })),
  );
  return [...Map.groupBy(pairs, ({ key, name }) => `${key} ${name}`).values()].map((group, position) => ({
    Sid: `UnwrapDataKeys${position + 1}`,
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: group[0]?.key,
    Condition: {
      StringEquals: { [`kms:EncryptionContext:${group[0]?.name}`]: group.map(({ value }) => value) },
    },
  }));
}

/** Should the bucket be gone and its name be another's. https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
function inOwnAccount() {
  return { StringEquals: { 's3:ResourceAccount': ref('AWS::AccountId') } };
}

/** With a bucket key the encryption context is the bucket. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html */
function encryptObjects(sid: string, key: string, bucket: string, actions: readonly string[]): Statement {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: arnOf(key),
    Condition: {
      StringEquals: {
        'kms:ViaService': substitute('s3.${AWS::Region}.amazonaws.com'),
        'kms:EncryptionContext:aws:s3:arn': arnOf(bucket),
      },
    },
  };
}
