import type { S3Client } from '@aws-sdk/client-s3';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import type { Activity } from '../src/activity.ts';
import { queueUrl } from './aws/index.ts';
import { queueOf, type Service } from './service.ts';
import { listObjects, readArchiveLines, readObject } from './stored-objects.ts';

export interface ArchivedLine extends Activity {
  /** Key of the object that holds it. */
  readonly key: string;
  readonly record: Readonly<Record<string, unknown>>;
}

export interface QuarantinedRecord {
  readonly key: string;
  readonly reason: string;
  readonly stage: string;
  readonly record: {
    readonly eventID: string;
    readonly kinesis: { readonly data: string; readonly sequenceNumber: string };
  };
}

/** An event as a consumer gets it. */
export interface BusEvent {
  readonly 'detail-type': string;
  readonly detail: {
    /** None where a quarantined record is announced. */
    readonly metadata: {
      readonly eventId?: string;
      readonly sequenceNumber?: string;
      readonly archive?: { readonly key: string } | null;
    };
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** What came out of the service, read where its users read it. */
export interface Outcome {
  readonly archive: readonly ArchivedLine[];
  readonly quarantine: readonly QuarantinedRecord[];
  /** What each rule delivered, by the rule's name. */
  readonly consumers: ReadonlyMap<string, readonly BusEvent[]>;
  /** Sums of the function's metrics; a dimension's value stands behind a slash, as in `EventsDropped/service-users`. */
  readonly metrics: ReadonlyMap<string, number>;
  /** How often the function called what, as in `kms Decrypt`. */
  readonly calls: ReadonlyMap<string, number>;
  readonly environments: number;
  readonly discarded: readonly string[];
}

export async function readOutcome(service: Service): Promise<Outcome> {
  const { archiveBucket, archivePrefix, quarantinePrefix } = service.deployment.config;
  const [archive, quarantine] = await Promise.all([
    readEach(service, archiveBucket, `${archivePrefix}/`, readArchiveLines),
    readEach(service, archiveBucket, `${quarantinePrefix}/`, readQuarantined),
  ]);
  const consumers = await Promise.all(
    service.deployment.rules.map(
      async ({ name, targets }) =>
        [name, (await Promise.all(targets.map(({ arn }) => readQueue(service, queueOf(arn))))).flat()] as const,
    ),
  );
  const calls = new Map<string, number>();
  for (const { service: name, operation } of service.functionCalls()) add(calls, `${name} ${operation}`, 1);
  return {
    archive: archive.flatMap(({ key, content }) => content.map((line) => ({ ...line, key }))),
    quarantine: quarantine.map(({ key, content }) => ({ key, ...content })),
    consumers: new Map(consumers),
    metrics: readMetrics(service.lambda.log),
    calls,
    environments: service.lambda.environments(),
    discarded: service.discarded(),
  };
}

async function readEach<Content>(
  { s3 }: Service,
  bucket: string,
  prefix: string,
  read: (s3: S3Client, bucket: string, key: string) => Promise<Content>,
) {
  const listed = await listObjects(s3, bucket, prefix);
  return pMap(listed, async ({ key }) => ({ key, content: await read(s3, bucket, key) }), { concurrency: 8 });
}

async function readQuarantined(s3: S3Client, bucket: string, key: string): Promise<Omit<QuarantinedRecord, 'key'>> {
  return JSON.parse(Buffer.from(await readObject(s3, bucket, key)).toString());
}

/** Looks into a queue and leaves its messages there. */
export async function readQueue<Body = BusEvent>(
  { sqs, endpointUrl }: Pick<Service, 'sqs' | 'endpointUrl'>,
  nameOrArn: string,
): Promise<readonly Body[]> {
  const url = queueUrl(endpointUrl, nameOrArn);
  const events: Body[] = [];
  const handles: string[] = [];
  for (;;) {
    const request = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
    const { Messages: messages = [] } = await sqs.send(request);
    if (messages.length === 0) break;
    for (const { Body: body = '', ReceiptHandle: handle = '' } of messages) {
      events.push(JSON.parse(body));
      handles.push(handle);
    }
  }
  await pMap(
    handles,
    (handle) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: 0 })),
    { concurrency: 8 },
  );
  return events;
}

/** Sums metrics in CloudWatch's embedded metric format. */
export function readMetrics(log: readonly string[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of log) {
    if (!line.startsWith('{') || !line.includes('"_aws"')) continue;
    const entry = JSON.parse(line);
    for (const { Dimensions: dimensions, Metrics: metrics } of entry._aws.CloudWatchMetrics) {
      const added: readonly string[] = dimensions[0].filter((dimension: string) => dimension !== 'service');
      for (const { Name: name } of metrics) {
        const values = [entry[name]].flat() as readonly number[];
        add(
          sums,
          [name, ...added.map((dimension) => entry[dimension])].join('/'),
          values.reduce((sum, value) => sum + value, 0),
        );
      }
    }
  }
  return sums;
}

function add(sums: Map<string, number>, name: string, value: number): void {
  sums.set(name, (sums.get(name) ?? 0) + value);
}
