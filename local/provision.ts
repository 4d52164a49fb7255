import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Intercept } from './aws/endpoint.ts';
import { ACCOUNT_ID, clientOptions, KEY_ARN, REGION, startAws } from './aws/index.ts';
import { type Packaged, type Rule, type Surroundings, streamName } from './deployment.ts';
import { ROOT } from './package.ts';
import { createKinesisClient, FUNCTION, OPERATOR, queueOf, runService, type Service } from './service.ts';

const SHARDS = 2;

/** Starts the stand-ins, creates the streams and what `serverless.yml` creates, and runs the service on them. */
export async function startService(
  { deployment, surroundings }: Packaged,
  resourceIds: readonly string[],
  intercept?: Intercept,
): Promise<Service> {
  const aws = await startAws(intercept);
  await createSurroundings(surroundings, aws.url);
  await createRules(deployment.rules, aws.url);
  for (const resourceId of resourceIds) await createStream(aws.url, resourceId);
  return runService(deployment, {
    endpointUrl: aws.url,
    keyArn: KEY_ARN,
    bundle: join(ROOT, 'dist', 'handler.cjs'),
    functionCalls: () => aws.calls.filter(({ caller }) => caller === FUNCTION),
    endSchemaCheck: aws.endSchemaCheck,
    close: aws.close,
  });
}

/** A Database Activity Stream, as RDS makes it. */
export async function createStream(endpointUrl: string, resourceId: string): Promise<void> {
  const client = createKinesisClient(endpointUrl, OPERATOR);
  const name = { StreamName: streamName(resourceId) };
  await client.send(new CreateStreamCommand({ ...name, ShardCount: SHARDS }));
  await waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 1 }, name);
  client.destroy();
}

/** Makes the queue that stands for a topic's e-mails. */
async function subscribeInbox(endpointUrl: string, topicArn: string): Promise<void> {
  const options = clientOptions(endpointUrl, OPERATOR);
  const [sqs, sns] = [new SQSClient(options), new SNSClient(options)];
  const name = queueOf(topicArn);
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint, Attributes }));
  for (const client of [sqs, sns]) client.destroy();
}

/** Creates what must be there before a deployment can run. */
export async function createSurroundings(surroundings: Surroundings, endpointUrl: string): Promise<void> {
  const options = clientOptions(endpointUrl, OPERATOR);
  const dynamoDb = new DynamoDBClient(options);
  const [s3, sqs, sns] = [new S3Client(options), new SQSClient(options), new SNSClient(options)];
  const eventBridge = new EventBridgeClient(options);
  for (const bucket of surroundings.buckets) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const { name, attributes } of surroundings.queues.toSorted(deadLettersFirst)) {
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  }
  for (const topic of surroundings.topics) {
    const { TopicArn: arn } = await sns.send(new CreateTopicCommand({ Name: topic }));
    await subscribeInbox(endpointUrl, String(arn));
  }
  for (const bus of surroundings.buses) await eventBridge.send(new CreateEventBusCommand({ Name: bus }));
  for (const { name, key } of surroundings.tables) await createTable(dynamoDb, name, key);
  for (const client of [s3, sqs, sns, eventBridge, dynamoDb]) client.destroy();
}

// A queue's dead-letter queue must be there before it.
function deadLettersFirst(one: Surroundings['queues'][number], other: Surroundings['queues'][number]): number {
  return Number('RedrivePolicy' in one.attributes) - Number('RedrivePolicy' in other.attributes);
}

async function createTable(client: DynamoDBClient, name: string, key: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: name });
}

export async function createRules(rules: readonly Rule[], endpointUrl: string): Promise<void> {
  const eventBridge = new EventBridgeClient(clientOptions(endpointUrl, OPERATOR));
  for (const { name, eventBusName, eventPattern, targets } of rules) {
    const rule = { EventBusName: eventBusName };
    await eventBridge.send(new PutRuleCommand({ ...rule, Name: name, EventPattern: JSON.stringify(eventPattern) }));
    const Targets = targets.map(({ id, arn }) => ({ Id: id, Arn: arn }));
    await eventBridge.send(new PutTargetsCommand({ ...rule, Rule: name, Targets }));
  }
  eventBridge.destroy();
}
