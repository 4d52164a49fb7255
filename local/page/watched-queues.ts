import { type EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import pMap from 'p-map';
import { countMessages } from '../count-messages.ts';
import type { ConsumedService } from '../run.ts';
import { queueOf } from '../service.ts';
import type { ConsumerCount } from './snapshot.ts';

/** Counts what each rule on the bus has brought to its queue, whoever made the rule, and the sample consumer's alerts. */
export async function countConsumers(
  service: ConsumedService,
  eventBridge: EventBridgeClient,
): Promise<readonly ConsumerCount[]> {
  const bus = { EventBusName: service.deployment.config.eventBusName };
  const { Rules: rules = [] } = await eventBridge.send(new ListRulesCommand(bus));
  const watched = await pMap(rules, async ({ Name: rule = '' }) => {
    const request = new ListTargetsByRuleCommand({ ...bus, Rule: rule });
    // Somebody may have deleted it by now.
    const { Targets: targets = [] } = (await unlessGone(eventBridge.send(request), null)) ?? {};
    return targets.map(({ Arn: arn = '' }) => ({ rule, queue: queueOf(arn) }));
  });
  const alerts = { rule: 'Alerts of the sample consumer', queue: service.consumer.inbox };
  const counted = await pMap([...watched.flat(), alerts], async (consumer) => {
    // A rule may lead to what is no queue, or not yet.
    const counts = await unlessGone(countMessages(service, consumer.queue), null);
    return counts === null ? [] : [{ ...consumer, ...counts }];
  });
  return counted.flat();
}

const GONE: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
]);

async function unlessGone<T>(found: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await found;
  } catch (cause) {
    if (GONE.has((cause as Error).name)) return otherwise;
    throw cause;
  }
}
