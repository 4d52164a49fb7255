import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readResourceId } from '../src/source/kinesis.ts';
import type { Call } from './aws/endpoint.ts';
import { clientEnvironment, clientOptions, isTopic } from './aws/index.ts';
import { realClock } from './clock.ts';
import { type DataKey, generateDataKey } from './database-activity.ts';
import { type Deployment, streamName } from './deployment.ts';
import { createKinesisStream } from './kinesis-stream.ts';
import { createFunction, type LambdaFunction } from './lambda.ts';
import type { MappingPorts } from './mapping/poll-shard.ts';
import { runMapping } from './mapping/run-mapping.ts';
import type { MappingSettings } from './mapping/settings.ts';
import { sightings } from './sightings.ts';

/** Access key ids: they tell who made a call. Function and mapping both act in the function's role. */
export const FUNCTION = 'function';
export const MAPPING = 'mapping';
export const OPERATOR = 'operator';

/** Where Kinesis put a record. */
export interface Position {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** `serverless.yml`, deployed and running. */
export interface Service {
  readonly deployment: Deployment;
  readonly endpointUrl: string;
  readonly lambda: LambdaFunction;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** The calls that the function made. */
  readonly functionCalls: () => readonly Call[];
  /** Ends the check of what is published, and answers in what events differed from their schemas. */
  readonly endSchemaCheck: () => readonly string[];
  /** A data key as RDS gets it for a cluster. */
  readonly generateDataKey: (resourceId: string) => Promise<DataKey>;
  /** Writes records into a cluster's stream; answers where each is. */
  readonly put: (resourceId: string, records: readonly Uint8Array[]) => Promise<readonly Position[]>;
  /** How many records are behind the checkpoints. */
  readonly acknowledged: () => number;
  /** Records that the mapping gave up: cluster and sequence number. */
  readonly discarded: () => readonly string[];
  /** Waits until so many records are acknowledged or given up. */
  readonly waitFor: (records: number, signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Where a deployment runs. */
export interface Place {
  readonly endpointUrl: string;
  /** The key that the activity streams were started with. */
  readonly keyArn: string;
  /** The function's code. */
  readonly bundle: string;
  readonly functionCalls: () => readonly Call[];
  /** Ends the check of what is published, and answers in what events differed from their schemas. */
  readonly endSchemaCheck: () => readonly string[];
  readonly close: () => Promise<void>;
}

type OnFailure = NonNullable<MappingSettings['DestinationConfig']>;
type WriteFailure = NonNullable<MappingPorts['writeFailure']>;

/** How long beyond an invocation's timeout nothing may happen. */
const GRACE_SECONDS = 30;

/** Runs the function, and the mappings that feed it from their streams. */
export function runService(deployment: Deployment, place: Place): Service {
  const { endpointUrl, keyArn, bundle } = place;
  const options = clientOptions(endpointUrl, OPERATOR);
  const [s3, sqs, kms] = [new S3Client(options), new SQSClient(options), new KMSClient(options)];
  const [kinesis, poller] = [createKinesisClient(endpointUrl, OPERATOR), createKinesisClient(endpointUrl, MAPPING)];

  const { functionName, functionArn, timeoutSeconds, memoryMb } = deployment;
  const patienceSeconds = timeoutSeconds + GRACE_SECONDS;
  const lambda = createFunction({
    functionName,
    functionArn,
    timeoutSeconds,
    memoryMb,
    file: bundle,
    environment: { ...deployment.environment, ...clientEnvironment(endpointUrl, FUNCTION) },
  });
  let acknowledged = 0;
  const discarded: string[] = [];
  const progress = new EventTarget();
  const changed = () => progress.dispatchEvent(new Event('change'));
  const stop = new AbortController();
  const mappings = deployment.mappings.map((mapping) => {
    const resourceId = readResourceId(mapping.EventSourceArn);
    const ports: MappingPorts = {
      clock: realClock,
      stream: createKinesisStream(poller, mapping.EventSourceArn),
      mappingId: randomUUID(),
      functionArn,
      invoke: lambda.invoke,
      ...(mapping.DestinationConfig && { writeFailure: createWriteFailure(s3, mapping.DestinationConfig) }),
      onAcknowledged: (sequenceNumbers: readonly string[]) => {
        acknowledged += sequenceNumbers.length;
        sightings.emit('settled', { streamArn: mapping.EventSourceArn, sequenceNumbers, how: 'acknowledged' });
        if (sequenceNumbers.length > 0) changed();
      },
      onDiscarded: (sequenceNumbers: readonly string[]) => {
        discarded.push(...sequenceNumbers.map((sequenceNumber) => `${resourceId}/${sequenceNumber}`));
        sightings.emit('settled', { streamArn: mapping.EventSourceArn, sequenceNumbers, how: 'given up' });
        if (sequenceNumbers.length > 0) changed();
      },
    };
    return runMapping(mapping, ports, stop.signal);
  });
  // Who waits for records must not wait when nobody reads them any more.
  const ended = Promise.all(mappings).then(() => {
    throw new Error('The mappings have ended');
  });
  ended.catch(() => undefined);

  return {
    deployment,
    endpointUrl,
    lambda,
    s3,
    sqs,
    functionCalls: place.functionCalls,
    endSchemaCheck: place.endSchemaCheck,
    generateDataKey: (resourceId) => generateDataKey(kms, keyArn, resourceId),
    async put(resourceId, records) {
      const Records = records.map((data) => ({ Data: data, PartitionKey: crypto.randomUUID() }));
      const answer = await kinesis.send(new PutRecordsCommand({ StreamName: streamName(resourceId), Records }));
      return (answer.Records ?? []).map(({ ShardId: shardId, SequenceNumber: sequenceNumber, ErrorCode: code }) => {
        if (!shardId || !sequenceNumber) throw new Error(`Kinesis refused a record: ${code}`);
        return { shardId, sequenceNumber };
      });
    },
    acknowledged: () => acknowledged,
    discarded: () => discarded,
    async waitFor(records, signal) {
      while (acknowledged + discarded.length < records) {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceSeconds * 1000)]);
        await Promise.race([once(progress, 'change', { signal: patience }), ended]).catch((cause: unknown) => {
          if (signal.aborted || !patience.aborted) throw cause;
          throw new Error(
            `Nothing was acknowledged for ${patienceSeconds} seconds:\n${lambda.log.slice(-5).join('\n')}`,
          );
        });
      }
    },
    async close() {
      stop.abort();
      await Promise.allSettled(mappings);
      await lambda.close();
      for (const client of [s3, sqs, kms, kinesis, poller]) client.destroy();
      await place.close();
    },
  };
}

function createWriteFailure(s3: S3Client, { OnFailure: { Destination: arn } }: OnFailure): WriteFailure {
  const bucket = arn.replace(/^arn:aws:s3:::/, '');
  return async ({ key, body }) => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  };
}

/** kinesis-local speaks HTTP/1.1. */
export function createKinesisClient(endpointUrl: string, caller: string): KinesisClient {
  return new KinesisClient({ ...clientOptions(endpointUrl, caller), requestHandler: new NodeHttpHandler() });
}

/** Where what a rule sends to its target can be read: the queue, or the queue that stands for a topic's e-mails. */
export function queueOf(targetArn: string): string {
  const name = targetArn.slice(targetArn.lastIndexOf(':') + 1);
  return isTopic(targetArn) ? `${name}-inbox` : name;
}
