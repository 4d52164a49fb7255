import type { ConsumedService } from '../run.ts';
import { queueOf } from '../service.ts';

/** A queue that the page counts, and what brings messages there. */
interface WatchedQueue {
  readonly rule: string;
  readonly queue: string;
}

/** Where the rules of the service and of the sample consumer lead, and what the consumer makes of it. */
export function watchedQueues({ deployment, consumer }: ConsumedService): readonly WatchedQueue[] {
  const rules = [...deployment.rules, ...consumer.rules];
  return [
    ...rules.flatMap(({ name: rule, targets }) => targets.map(({ arn }) => ({ rule, queue: queueOf(arn) }))),
    { rule: 'Alerts of the sample consumer', queue: consumer.inbox },
  ];
}
