import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import pRetry from 'p-retry';

export interface NewObject {
  readonly key: string;
  readonly body: Uint8Array | string;
  readonly contentType: string;
  readonly contentEncoding?: string;
  /** S3 user metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes an object unless its key exists; says whether it did. Throws what the SDK throws. */
export type CreateObject = (object: NewObject, signal: AbortSignal) => Promise<boolean>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function createCreateObject(s3: S3Client, bucket: string): CreateObject {
  return (object, signal) =>
    pRetry(
      async () => {
        try {
          await s3.send(
            new PutObjectCommand({
              Bucket: bucket,
              Key: object.key,
              Body: object.body,
              ContentType: object.contentType,
              ContentEncoding: object.contentEncoding,
              Metadata: object.metadata,
              IfNoneMatch: '*',
            }),
            { abortSignal: signal },
          );
          return true;
        } catch (cause) {
          if (statusOf(cause) === 412) return false;
          throw cause;
        }
      },
      // Two writers raced: whoever asks again finds the key or writes it. The SDK retries all else that can pass.
      { retries: 3, minTimeout: 50, randomize: true, signal, shouldRetry: ({ error }) => statusOf(error) === 409 },
    );
}

function statusOf(cause: unknown): number | undefined {
  return cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
}
