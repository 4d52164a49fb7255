import {
  CreateEventBusCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';

/** Makes a bus with one rule, for all that the function publishes. */
export async function createBus(eventBridge: EventBridgeClient, name: string): Promise<void> {
  await eventBridge.send(new CreateEventBusCommand({ Name: name }));
  const rule = { EventBusName: name, EventPattern: '{"source":["das-router"]}' };
  await eventBridge.send(new PutRuleCommand({ ...rule, Name: 'all' }));
  await eventBridge.send(new PutTargetsCommand({ ...rule, Rule: 'all', Targets: [{ Id: 'all', Arn: 'all' }] }));
}
