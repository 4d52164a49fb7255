import { markOf } from '../cli/redrive/marks.ts';
import { ACTIVITY_CLASSES } from '../src/activity.ts';
import {
  administeredByAccount,
  arnOf,
  policyDocument,
  RETAINED,
  type Resource,
  type Resources,
  ref,
  substitute,
} from './cloudformation.ts';
import type { Parameters, Retention } from './parameters.ts';

/** How long a deleted or expired object can still be brought back. */
const NONCURRENT_DAYS = 7;

/** The archive with the quarantine, and the bucket for the batches that Lambda gave up: kept when the stack is removed. */
export function createStorage(parameters: Parameters): Resources {
  const { archivePrefix, quarantinePrefix, retentionDaysQuarantine, retentionDaysFailures } = parameters;
  return {
    ArchiveKey: createKey('Encrypts the archive of database activity'),
    ArchiveBucket: createBucket(
      'ArchiveKey',
      [
        ...ACTIVITY_CLASSES.flatMap((name) =>
          expire(name, `${archivePrefix}/class=${name}/`, parameters[`retentionDays${name}`]),
        ),
        ...expire('quarantine', `${quarantinePrefix}/`, retentionDaysQuarantine),
        ...expire('redriven', markOf(`${quarantinePrefix}/`), retentionDaysQuarantine),
      ],
      lockObjects(parameters),
    ),
    ArchiveBucketPolicy: demandTls('ArchiveBucket'),
    FailureKey: createKey('Encrypts the batches that Lambda gave up'),
    FailureBucket: createBucket('FailureKey', expire('failures', '', retentionDaysFailures)),
    FailureBucketPolicy: demandTls('FailureBucket'),
  };
}

function createKey(description: string): Resource {
  return {
    Type: 'AWS::KMS::Key',
    // What it encrypts outlives the stack.
    ...RETAINED,
    Properties: {
      Description: substitute(`${description}: \${AWS::StackName}`),
      EnableKeyRotation: true,
      KeyPolicy: policyDocument(administeredByAccount()),
    },
  };
}

function createBucket(key: string, rules: readonly unknown[], lock: Readonly<Record<string, unknown>> = {}): Resource {
  return {
    Type: 'AWS::S3::Bucket',
    ...RETAINED,
    Properties: {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            // One call to KMS a while, not one an object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arnOf(key) },
          },
        ],
      },
      VersioningConfiguration: { Status: 'Enabled' },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [
          ...rules,
          {
            Id: 'unfinished',
            Status: 'Enabled',
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            ExpiredObjectDeleteMarker: true,
          },
        ],
      },
      ...lock,
    },
  };
}

/** No rule where the objects are kept for ever. */
function expire(id: string, prefix: string, retention: Retention): readonly unknown[] {
  if (retention === null) return [];
  return [
    {
      Id: id,
      Prefix: prefix,
      Status: 'Enabled',
      ExpirationInDays: retention,
      NoncurrentVersionExpiration: { NoncurrentDays: NONCURRENT_DAYS },
    },
  ];
}

function lockObjects({ objectLock, objectLockDays }: Parameters) {
  if (objectLock === 'off') return {};
  return {
    ObjectLockEnabled: true,
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: objectLock.toUpperCase(), Days: objectLockDays } },
    },
  };
}

function demandTls(bucket: string): Resource {
  return {
    Type: 'AWS::S3::BucketPolicy',
    ...RETAINED,
    Properties: {
      Bucket: ref(bucket),
      PolicyDocument: policyDocument({
        Sid: 'DemandTls',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [arnOf(bucket), substitute(`\${${bucket}.Arn}/*`)],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    },
  };
}
