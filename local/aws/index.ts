import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { checkSchemas, refuseViolations } from '../schema-violations.ts';
import { createDynamoDb } from './dynamo-db.ts';
import { type Endpoint, type Intercept, startEndpoint } from './endpoint.ts';
import { createEventBridge } from './event-bridge.ts';
import { type Kinesis, startKinesis } from './kinesis.ts';
import { createKms } from './kms.ts';
import { createStorage } from './storage.ts';

export const REGION = 'eu-west-1';
export const ACCOUNT_ID = '000000000000';
/** The key that the activity streams are started with. */
export const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555`;

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

/** The URL of a queue, by its name or its ARN. */
export function queueUrl(endpointUrl: string, nameOrArn: string): string {
  return `${endpointUrl}/${ACCOUNT_ID}/${nameOrArn.slice(nameOrArn.lastIndexOf(':') + 1)}`;
}

export function isTopic(arn: string): boolean {
  return arn.startsWith('arn:aws:sns:');
}

export interface Aws extends Endpoint {
  /** Ends the check of the router's events on the bus, and answers in what they differed from their schemas. */
  readonly endSchemaCheck: () => readonly string[];
}

/**
 * Starts stand-ins for Kinesis, KMS, S3, EventBridge, SQS, SNS and DynamoDB behind one endpoint on loopback. To close it throws
 * where an event of the router on the bus was not as its schema says, and nobody has asked.
 */
export async function startAws(intercept?: Intercept): Promise<Aws> {
  const published = checkSchemas();
  let kinesis: Promise<Kinesis> | undefined;
  const storage = await createStorage(REGION);

  async function deliver(targetArn: string, event: string): Promise<void> {
    if (isTopic(targetArn)) await sns.send(new PublishCommand({ TopicArn: targetArn, Message: event }));
    else await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(endpoint.url, targetArn), MessageBody: event }));
  }

  const endpoint = await startEndpoint(
    new Map([
      [
        'kinesis',
        (request, response) => {
          // Its program takes a second to load, and only a run with streams needs it.
          kinesis ??= startKinesis(REGION, ACCOUNT_ID);
          // A listener of the request, such as a recorder, would otherwise use up its body before Kinesis is ready.
          request.pause();
          kinesis.then(
            ({ respond }) => respond(request, response),
            (cause: Error) => response.destroy(cause),
          );
        },
      ],
      ['kms', createKms(KEY_ARN)],
      ['events', createEventBridge({ region: REGION, accountId: ACCOUNT_ID }, deliver, undefined, published.check)],
      ['dynamodb', createDynamoDb()],
      ['s3', storage],
      ['sqs', storage],
      ['sns', storage],
    ]),
    intercept,
  );
  const sqs = new SQSClient(clientOptions(endpoint.url, 'event-bridge'));
  const sns = new SNSClient(clientOptions(endpoint.url, 'event-bridge'));
  return {
    ...endpoint,
    endSchemaCheck: published.end,
    close: async () => {
      sqs.destroy();
      sns.destroy();
      await endpoint.close();
      await (await kinesis)?.close();
      refuseViolations(published.end());
    },
  };
}
