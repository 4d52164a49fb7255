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
    const { Targets: targets = [] } = await eventBridge.send(new ListTargetsByRuleCommand({ ...bus, Rule: rule }));
    return targets.map(({ Arn: arn = '' }) => ({ rule, queue: queueOf(arn) }));
  });
  const alerts = { rule: 'Alerts of the sample consumer', queue: service.consumer.inbox };
  const counted = await pMap([...watched.flat(), alerts], async (consumer) => {
    // A rule may lead to what is no queue, or not yet.
    const counts = await countMessages(service, consumer.queue).catch(() => null);
    return counts === null ? [] : [{ ...consumer, ...counts }];
  });
  return counted.flat();
}
