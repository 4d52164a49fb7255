import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Endpoint, startEndpoint } from '../../../../local/aws/endpoint.ts';
import { ACCOUNT_ID, clientOptions, queueUrl, REGION } from '../../../../local/aws/index.ts';
import { createStorage } from '../../../../local/aws/storage.ts';
import { pollQueue, type QueueMappingSettings } from '../../../../local/mapping/poll-queue.ts';

const ARN = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:work`;
const SILENT: QueueMappingSettings = { EventSourceArn: ARN, BatchSize: 10 };
const SETTINGS = { ...SILENT, FunctionResponseTypes: ['ReportBatchItemFailures'] };

const ALL = ['a', 'b', 'c'];

let endpoint: Endpoint;
let sqs: SQSClient;
let url: string;
beforeEach(async () => {
  endpoint = await startEndpoint(new Map([['sqs', await createStorage(REGION)]]));
  sqs = new SQSClient(clientOptions(endpoint.url, 'test'));
  url = queueUrl(endpoint.url, 'work');
  await sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes: { VisibilityTimeout: '0' } }));
  for (const body of ALL) await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
});
afterEach(async () => {
  sqs.destroy();
  await endpoint.close();
});

interface Delivered {
  readonly Records: readonly { readonly messageId: string; readonly body: string; readonly eventSourceARN: string }[];
}

/** Runs the mapping until the function has got every message once; returns what is left in the queue. */
async function run(
  answer: (delivered: Delivered) => unknown,
  settings: QueueMappingSettings = SETTINGS,
): Promise<readonly string[]> {
  const stop = new AbortController();
  const got = new Set<string>();
  const invoke = async (event: unknown) => {
    const delivered = event as Delivered;
    for (const { body, eventSourceARN: arn } of delivered.Records) {
      expect(arn).toBe(ARN);
      got.add(body);
    }
    if (got.size === 3) stop.abort();
    return answer(delivered);
  };
  await pollQueue(settings, { sqs, queueUrl: url, invoke }, stop.signal);
  const left = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
  return (left.Messages ?? []).map(({ Body: body = '' }) => body).sort();
}

const report =
  (...bodies: readonly string[]) =>
  ({ Records: records }: Delivered) => ({
    batchItemFailures: records
      .filter(({ body }) => bodies.includes(body))
      .map(({ messageId }) => ({ itemIdentifier: messageId })),
  });

it.each<[string, (delivered: Delivered) => unknown, readonly string[], QueueMappingSettings]>([
  ['nothing is reported', report(), [], SETTINGS],
  ['there is no response', () => undefined, [], SETTINGS],
  ['the list is null', () => ({ batchItemFailures: null }), [], SETTINGS],
  ['b is reported', report('b'), ['b'], SETTINGS],
  ['the function fails', () => Promise.reject(new Error('crashed')), ALL, SETTINGS],
  ['an identifier is unknown', () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] }), ALL, SETTINGS],
  ['an identifier is missing', () => ({ batchItemFailures: [null] }), ALL, SETTINGS],
  ['b is reported to a mapping that takes no reports', report('b'), [], SILENT],
])('where %s these stay in the queue', async (_, answer, expected, settings) => {
  expect(await run(answer, settings)).toEqual(expected);
});

it('no batch is larger than the mapping says', async () => {
  const sizes: number[] = [];

  await run(({ Records: records }) => sizes.push(records.length), { ...SETTINGS, BatchSize: 2 });

  expect(Math.max(...sizes)).toBe(2);
});

it('ends while it waits for messages', async () => {
  await run(() => undefined);
  const stop = new AbortController();
  const polled = pollQueue(SETTINGS, { sqs, queueUrl: url, invoke: async () => undefined }, stop.signal);

  stop.abort();

  await expect(polled).resolves.toBeUndefined();
});

it('fails where the queue cannot be read', async () => {
  const ports = { sqs, queueUrl: `${url}-another`, invoke: async () => undefined };

  const polled = pollQueue(SETTINGS, ports, new AbortController().signal);

  await expect(polled).rejects.toMatchObject({ name: expect.stringMatching(/QueueDoesNotExist|NonExistentQueue/) });
});
