import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';

/** Longer than any function may run: 15 minutes. */
const INVOCATION_MS = 910_000;

export function createS3Client(): S3Client {
  return new S3Client(clientOptions(30_000));
}

export function createLambdaClient(): LambdaClient {
  return new LambdaClient(clientOptions(INVOCATION_MS));
}

/** Without these the SDK waits for ever. */
function clientOptions(requestTimeout: number) {
  return {
    maxAttempts: 6,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      // For an answer that begins and never ends.
      socketTimeout: requestTimeout,
    },
  };
}
