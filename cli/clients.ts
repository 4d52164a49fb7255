import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** How often a call is tried where somebody waits for its answer. */
export const ATTEMPTS = 6;

/** Of half a minute without an answer, or of too many readers, a tail must not die. */
export const PATIENT_ATTEMPTS = 12;

/** Longer than any function may run: 15 minutes. */
const INVOCATION_MS = 910_000;

export function createS3Client(): S3Client {
  return new S3Client(clientOptions(30_000));
}

export function createLambdaClient(): LambdaClient {
  return new LambdaClient(clientOptions(INVOCATION_MS));
}

/** Without a Region it is the SDK's. */
export function createKmsClient(region: string | undefined, maxAttempts: number): KMSClient {
  return new KMSClient({ ...clientOptions(10_000), maxAttempts, ...inRegion(region) });
}

/** Without a Region it is the SDK's. */
export function createKinesisClient(region: string | undefined): KinesisClient {
  const { requestHandler } = clientOptions(30_000);
  return new KinesisClient({
    maxAttempts: PATIENT_ATTEMPTS,
    // The client would speak HTTP/2, which only its other way to read, by subscription, needs, and no stand-in speaks.
    requestHandler: new NodeHttpHandler(requestHandler),
    ...inRegion(region),
  });
}

function inRegion(region: string | undefined) {
  return region === undefined ? {} : { region };
}

/** Without these the SDK waits for ever. */
function clientOptions(requestTimeout: number) {
  return {
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      // For an answer that begins and never ends.
      socketTimeout: requestTimeout,
    },
  };
}
