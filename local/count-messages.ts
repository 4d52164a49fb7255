import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { queueUrl } from './aws/index.ts';
import type { Service } from './service.ts';

/** Messages of a queue. */
export interface MessageCount {
  /** That anyone may receive. */
  readonly waiting: number;
  /** That someone has received and not deleted. */
  readonly inFlight: number;
}

/** How many messages a queue holds. It receives none: whoever does must not miss any. */
export async function countMessages(
  { sqs, endpointUrl }: Pick<Service, 'sqs' | 'endpointUrl'>,
  nameOrArn: string,
): Promise<MessageCount> {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(endpointUrl, nameOrArn),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    waiting: Number(attributes.ApproximateNumberOfMessages),
    inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible),
  };
}
