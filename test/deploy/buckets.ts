import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** What the template says of a bucket, and how it is read back: undefined where it was not made. */
const PROPERTIES: Readonly<Record<string, (s3: S3Client, Bucket: string) => Promise<unknown>>> = {
  BucketEncryption: async (s3, Bucket) =>
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration,
  VersioningConfiguration: async (s3, Bucket) => (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status,
  LifecycleConfiguration: async (s3, Bucket) =>
    (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules,
  OwnershipControls: async (s3, Bucket) =>
    (await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls,
  PublicAccessBlockConfiguration: async (s3, Bucket) =>
    (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
};

/** Reads back every property that a bucket of the stack has. */
export async function readBucket(s3: S3Client, bucket: string): Promise<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(PROPERTIES).map(async ([property, read]) => [
    property,
    await unlessMissing(read(s3, bucket)),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function unlessMissing(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((cause: unknown) => {
    if (cause instanceof Error && /^NoSuch|NotFoundError$/.test(cause.name)) return undefined;
    throw cause;
  });
}
