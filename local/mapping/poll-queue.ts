import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** The mapping's settings, in CloudFormation's words. */
export interface QueueMappingSettings {
  readonly EventSourceArn: string;
  readonly BatchSize: number;
  readonly FunctionResponseTypes?: readonly string[];
}

export interface QueuePorts {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** Rejects on a function error. */
  readonly invoke: (event: unknown) => Promise<unknown>;
}

const LONG_POLL_SECONDS = 1;

/**
 * Delivers a queue's messages to a function as Lambda's event source mapping does, until the signal aborts: what the function
 * took is deleted, the rest becomes visible again. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function pollQueue(
  { EventSourceArn: arn, BatchSize: most, FunctionResponseTypes: types = [] }: QueueMappingSettings,
  { sqs, queueUrl, invoke }: QueuePorts,
  signal: AbortSignal,
): Promise<void> {
  const request: ReceiveMessageCommandInput = {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: most,
    WaitTimeSeconds: LONG_POLL_SECONDS,
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  };
  const reports = types.includes('ReportBatchItemFailures');
  while (!signal.aborted) {
    const messages = await receive(request, sqs, signal);
    if (messages.length === 0) continue;
    const failed = await invoke({ Records: messages.map((message) => toEventRecord(message, arn)) })
      .then((response) => (reports ? findFailed(response, messages) : []))
      .catch(() => messages);
    for (const message of messages) {
      if (failed.includes(message)) continue;
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
}

async function receive(
  request: ReceiveMessageCommandInput,
  sqs: SQSClient,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  try {
    const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand(request), { abortSignal: signal });
    return messages;
  } catch (cause) {
    if (signal.aborted) return [];
    throw cause;
  }
}

/** An identifier that is empty, or of no message of the batch, fails the whole batch. */
function findFailed(response: unknown, messages: readonly Message[]): readonly Message[] {
  const { batchItemFailures: failures } = (response ?? {}) as { batchItemFailures?: readonly unknown[] | null };
  const failed = (failures ?? []).map((failure) =>
    messages.find(({ MessageId: id }) => id === (failure as { itemIdentifier?: string } | null)?.itemIdentifier),
  );
  return failed.includes(undefined) ? messages : failed.filter((message) => message !== undefined);
}

function toEventRecord(message: Message, arn: string) {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: message.MessageAttributes ?? {},
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: arn.split(':')[3],
  };
}
