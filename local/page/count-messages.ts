import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { queueUrl } from '../aws/index.ts';
import type { Service } from '../service.ts';
import type { ConsumerCount } from './snapshot.ts';

/** How many messages a queue holds. It receives none: whoever does must not miss any. */
export async function countMessages(
  { sqs, endpointUrl }: Service,
  queue: string,
): Promise<Pick<ConsumerCount, 'waiting' | 'inFlight'>> {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl(endpointUrl, queue),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    waiting: Number(attributes.ApproximateNumberOfMessages),
    inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible),
  };
}
