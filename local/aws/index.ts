import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { createEventBridge } from './event-bridge.ts';
import { startKinesis } from './kinesis.ts';
import { createKms } from './kms.ts';
import { createStorage } from './storage.ts';

export const REGION = 'eu-west-1';
export const ACCOUNT_ID = '000000000000';

/** The environment in which an AWS client talks to the local endpoint. `caller` becomes its access key id. */
export function clientEnvironment(endpointUrl: string, caller: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: caller,
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

/** The same for a client in this process. */
export function clientOptions(endpointUrl: string, caller: string) {
  return { endpoint: endpointUrl, region: REGION, credentials: { accessKeyId: caller, secretAccessKey: 'local' } };
}

/** The URL of a queue, by its ARN. */
export function queueUrl(endpointUrl: string, queueArn: string): string {
  return `${endpointUrl}/${ACCOUNT_ID}/${queueArn.slice(queueArn.lastIndexOf(':') + 1)}`;
}

/** Starts stand-ins for Kinesis, KMS, S3, EventBridge and SQS behind one endpoint on loopback. */
export async function startAws(): Promise<Endpoint> {
  const kinesis = await startKinesis(REGION, ACCOUNT_ID);
  const storage = await createStorage(REGION);

  async function deliver(targetArn: string, event: string): Promise<void> {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(endpoint.url, targetArn), MessageBody: event }));
  }

  const endpoint = await startEndpoint(
    new Map([
      ['kinesis', kinesis.respond],
      ['kms', createKms(REGION, ACCOUNT_ID)],
      ['events', createEventBridge({ region: REGION, accountId: ACCOUNT_ID }, deliver)],
      ['s3', storage],
      ['sqs', storage],
    ]),
  );
  const sqs = new SQSClient(clientOptions(endpoint.url, 'event-bridge'));
  return {
    ...endpoint,
    close: async () => {
      sqs.destroy();
      await endpoint.close();
      await kinesis.close();
    },
  };
}
