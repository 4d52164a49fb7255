import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { clientOptions, isTopic } from '../../local/aws/index.ts';
import type { Deployment } from '../../local/deployment.ts';

const BUS = 'trial';

/** Tries with a bus of its own whether events reach topics here. */
export async function reachTopics(endpointUrl: string): Promise<boolean> {
  const options = clientOptions(endpointUrl, 'operator');
  const eventBridge = new EventBridgeClient({ ...options, maxAttempts: 1 });
  const { TopicArn: arn } = await new SNSClient(options).send(new CreateTopicCommand({ Name: BUS }));
  const rule = { EventBusName: BUS, Rule: BUS };
  await eventBridge.send(new CreateEventBusCommand({ Name: BUS }));
  await eventBridge.send(new PutRuleCommand({ EventBusName: BUS, Name: BUS, EventPattern: '{"source":["trial"]}' }));
  await eventBridge.send(new PutTargetsCommand({ ...rule, Targets: [{ Id: 'topic', Arn: arn }] }));
  const entry = { EventBusName: BUS, Source: 'trial', DetailType: 'trial', Detail: '{}' };
  return eventBridge.send(new PutEventsCommand({ Entries: [entry] })).then(
    () => true,
    () => false,
  );
}

/** Takes the topics away from the rules: where they cannot be reached, moto fails every call whose events match. */
export async function removeTopics(endpointUrl: string, { rules }: Deployment): Promise<void> {
  const eventBridge = new EventBridgeClient(clientOptions(endpointUrl, 'operator'));
  for (const { name: Rule, eventBusName: EventBusName, targets } of rules) {
    const Ids = targets.filter(({ arn }) => isTopic(arn)).map(({ id }) => id);
    if (Ids.length > 0) await eventBridge.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids }));
  }
}
