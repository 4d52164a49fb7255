import {
  CreateEventBusCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import type { Config } from '../../src/config.ts';
import type { BusEntry } from '../../src/sinks/bus-entries.ts';
import { AROUND } from './samples.ts';

/** An event as EventBridge delivers it. */
export function asDelivered({ detailType, time, detail, origin }: BusEntry, { eventSource }: Config) {
  return {
    ...AROUND,
    'detail-type': detailType,
    source: eventSource,
    time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
    resources: [origin.streamArn],
    detail: JSON.parse(detail),
  };
}

/** Makes a bus with one rule, for all that the function publishes. */
export async function createBus(eventBridge: EventBridgeClient, name: string): Promise<void> {
  await eventBridge.send(new CreateEventBusCommand({ Name: name }));
  const rule = { EventBusName: name, EventPattern: '{"source":["das-router"]}' };
  await eventBridge.send(new PutRuleCommand({ ...rule, Name: 'all' }));
  await eventBridge.send(new PutTargetsCommand({ ...rule, Rule: 'all', Targets: [{ Id: 'all', Arn: 'all' }] }));
}
