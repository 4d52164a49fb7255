import {
  CreateEventBusCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import type { Origin } from '../../src/activity.ts';
import type { Config } from '../../src/config.ts';
import type { BusEntry } from '../../src/sinks/bus-entries.ts';
import { AROUND } from './samples.ts';

type Delivered = Pick<BusEntry, 'detailType' | 'time' | 'detail'> & { readonly origin: Pick<Origin, 'streamArn'> };

/** An event as EventBridge delivers it, in the account of its stream. */
export function asDelivered({ detailType, time, detail, origin }: Delivered, { eventSource }: Config) {
  const [, , , region, account] = origin.streamArn.split(':');
  return {
    version: AROUND.version,
    id: AROUND.id,
    'detail-type': detailType,
    source: eventSource,
    account,
    time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
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
