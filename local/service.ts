import { once } from 'node:events';
import { join } from 'node:path';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readResourceId } from '../src/source/kinesis.ts';
import type { Call, Intercept } from './aws/endpoint.ts';
import { ACCOUNT_ID, clientEnvironment, clientOptions, isTopic, KEY_ARN, REGION, startAws } from './aws/index.ts';
import { type DataKey, generateDataKey } from './database-activity.ts';
import { type Deployment, streamName } from './deployment.ts';
import { runMapping } from './event-source-mapping.ts';
import { createFunction, type LambdaFunction } from './lambda.ts';
import { ROOT } from './package.ts';

/** Access key ids: they tell who made a call. Function and mapping both act in the function's role. */
export const FUNCTION = 'function';
export const MAPPING = 'mapping';
const OPERATOR = 'operator';

/** Where Kinesis put a record. */
export interface Position {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** `serverless.yml`, deployed on this machine. */
export interface Service {
  readonly deployment: Deployment;
  readonly endpointUrl: string;
  readonly lambda: LambdaFunction;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** The calls that the function made. */
  readonly functionCalls: () => readonly Call[];
  /** A data key as RDS gets it for a cluster. */
  readonly generateDataKey: (clusterId: string) => Promise<DataKey>;
  /** Writes records into a cluster's stream; answers where each is. */
  readonly put: (clusterId: string, records: readonly Uint8Array[]) => Promise<readonly Position[]>;
  /** How many records are behind the checkpoints. */
  readonly acknowledged: () => number;
  /** Records that the mapping gave up: cluster and sequence number. */
  readonly discarded: () => readonly string[];
  /** Waits until so many records are acknowledged or given up. */
  readonly waitFor: (records: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

const SHARDS = 2;

/** Longer than any invocation takes. */
const STALLED_MS = 90_000;

/** Starts the stand-ins, then creates the streams and what `serverless.yml` creates. */
export async function startService(
  deployment: Deployment,
  clusterIds: readonly string[],
  intercept?: Intercept,
): Promise<Service> {
  const aws = await startAws(intercept);
  const options = clientOptions(aws.url, OPERATOR);
  const s3 = new S3Client(options);
  const sqs = new SQSClient(options);
  const kms = new KMSClient(options);
  const sns = new SNSClient(options);
  const eventBridge = new EventBridgeClient(options);
  // kinesis-local speaks HTTP/1.1.
  const requestHandler = new NodeHttpHandler();
  const kinesis = new KinesisClient({ ...options, requestHandler });
  const poller = new KinesisClient({ ...clientOptions(aws.url, MAPPING), requestHandler });

  for (const bucket of deployment.buckets) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const queue of deployment.queueNames) await sqs.send(new CreateQueueCommand({ QueueName: queue }));
  for (const topic of deployment.topicNames) {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: topic }));
    await sqs.send(new CreateQueueCommand({ QueueName: inboxOf(topic) }));
    const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${inboxOf(topic)}`;
    const Attributes = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  }
  for (const bus of deployment.buses) await eventBridge.send(new CreateEventBusCommand({ Name: bus }));
  for (const { name, eventBusName, eventPattern, targets } of deployment.rules) {
    const rule = { EventBusName: eventBusName };
    await eventBridge.send(new PutRuleCommand({ ...rule, Name: name, EventPattern: JSON.stringify(eventPattern) }));
    const Targets = targets.map(({ id, arn }) => ({ Id: id, Arn: arn }));
    await eventBridge.send(new PutTargetsCommand({ ...rule, Rule: name, Targets }));
  }
  for (const clusterId of clusterIds) {
    await kinesis.send(new CreateStreamCommand({ StreamName: streamName(clusterId), ShardCount: SHARDS }));
    await waitUntilStreamExists(
      { client: kinesis, maxWaitTime: 10, minDelay: 1 },
      { StreamName: streamName(clusterId) },
    );
  }

  const { functionName, functionArn, timeoutSeconds, memoryMb } = deployment;
  const lambda = createFunction({
    functionName,
    functionArn,
    timeoutSeconds,
    memoryMb,
    file: join(ROOT, 'dist', 'handler.cjs'),
    environment: { ...deployment.environment, ...clientEnvironment(aws.url, FUNCTION) },
  });
  let acknowledged = 0;
  const discarded: string[] = [];
  const progress = new EventTarget();
  const changed = () => progress.dispatchEvent(new Event('change'));
  const stop = new AbortController();
  const mappings = deployment.mappings.map((mapping) => {
    const clusterId = readResourceId(mapping.EventSourceArn);
    const ports = {
      kinesis: poller,
      invoke: lambda.invoke,
      onAcknowledged: (sequenceNumbers: readonly string[]) => {
        acknowledged += sequenceNumbers.length;
        if (sequenceNumbers.length > 0) changed();
      },
      onDiscarded: (sequenceNumbers: readonly string[]) => {
        discarded.push(...sequenceNumbers.map((sequenceNumber) => `${clusterId}/${sequenceNumber}`));
        if (sequenceNumbers.length > 0) changed();
      },
    };
    return runMapping(mapping, ports, stop.signal);
  });

  return {
    deployment,
    endpointUrl: aws.url,
    lambda,
    s3,
    sqs,
    functionCalls: () => aws.calls.filter(({ caller }) => caller === FUNCTION),
    generateDataKey: (clusterId) => generateDataKey(kms, KEY_ARN, clusterId),
    async put(clusterId, records) {
      const Records = records.map((data) => ({ Data: data, PartitionKey: crypto.randomUUID() }));
      const answer = await kinesis.send(new PutRecordsCommand({ StreamName: streamName(clusterId), Records }));
      return (answer.Records ?? []).map(({ ShardId: shardId, SequenceNumber: sequenceNumber, ErrorCode: code }) => {
        if (!shardId || !sequenceNumber) throw new Error(`Kinesis refused a record: ${code}`);
        return { shardId, sequenceNumber };
      });
    },
    acknowledged: () => acknowledged,
    discarded: () => discarded,
    async waitFor(records, signal) {
      while (acknowledged + discarded.length < records) {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(STALLED_MS)]);
        await once(progress, 'change', { signal: patience }).catch((cause: unknown) => {
          if (signal.aborted) throw cause;
          throw new Error(
            `Nothing was acknowledged for ${STALLED_MS / 1000} seconds:\n${lambda.log.slice(-5).join('\n')}`,
          );
        });
      }
    },
    async close() {
      stop.abort();
      await Promise.allSettled(mappings);
      await lambda.close();
      for (const client of [s3, sqs, sns, kms, eventBridge, kinesis, poller]) client.destroy();
      await aws.close();
    },
  };
}

/** Where what a rule sends to its target can be read: the queue, or the queue that stands for a topic's e-mails. */
export function queueOf(targetArn: string): string {
  const name = targetArn.slice(targetArn.lastIndexOf(':') + 1);
  return isTopic(targetArn) ? inboxOf(name) : name;
}

function inboxOf(topic: string): string {
  return `${topic}-inbox`;
}
