import { EventBridge, type Target } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, startEndpoint } from '../../local/aws/endpoint.ts';
import { createEventBridge } from '../../local/aws/event-bridge.ts';
import { ACCOUNT_ID, clientOptions, REGION } from '../../local/aws/index.ts';

const BUS = { EventBusName: 'activity' };
const RULE = { ...BUS, Name: 'ddl' };
const PATTERN = { EventPattern: '{"detail-type":["DDL"]}' };
const QUEUE = { Id: 'queue', Arn: 'queue' };

/** What arrived, since the start of the test, and where, since the last `put`. */
let events: string[];
let targets: string[];
let endpoint: Endpoint;
let client: EventBridge;
beforeAll(async () => {
  const deliver = async (target: string, event: string) => {
    if (target === 'missing') throw new Error('There is no such queue');
    events.push(event);
    targets.push(target);
  };
  const service = createEventBridge({ region: REGION, accountId: ACCOUNT_ID }, deliver);
  endpoint = await startEndpoint(new Map([['events', service]]));
  client = new EventBridge({ ...clientOptions(endpoint.url, 'test'), maxAttempts: 1 });
});
beforeEach(async () => {
  [events, targets] = [[], []];
  // A bus that is created anew is empty.
  await client.createEventBus({ Name: 'activity' });
  await client.putRule({ ...RULE, ...PATTERN });
});
afterAll(async () => {
  client.destroy();
  await endpoint.close();
});

const putTargets = (...Targets: Target[]) => client.putTargets({ ...BUS, Rule: 'ddl', Targets });

/** Publishes an event; returns the targets that got one since the last call. */
async function put(detailType: string): Promise<readonly string[]> {
  const entry = { ...BUS, Source: 'test', DetailType: detailType, Detail: '{"data":{"user":"alice"}}' };
  const { FailedEntryCount: failed } = await client.putEvents({ Entries: [entry] });
  expect(failed).toBe(0);
  return targets.splice(0);
}

describe('the local EventBridge', () => {
  it('lists its rules and targets', async () => {
    await putTargets(QUEUE);

    const { Rules: rules } = await client.listRules(BUS);
    const { Rules: others } = await client.listRules({ ...BUS, NamePrefix: 'dml' });
    const rule = await client.describeRule(RULE);
    const { Targets: listed } = await client.listTargetsByRule({ ...BUS, Rule: 'ddl' });

    const Arn = `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/activity/ddl`;
    expect(rules).toEqual([{ ...RULE, ...PATTERN, Arn, State: 'ENABLED' }]);
    expect(rule).toMatchObject(rules?.[0] ?? {});
    expect(others).toEqual([]);
    expect(listed).toEqual([QUEUE]);
  });

  it('keeps the targets of a rule that is disabled, enabled, and put again with another pattern', async () => {
    await putTargets(QUEUE);

    const before = await put('DDL');
    await client.disableRule(RULE);
    const disabled = await put('DDL');
    await client.enableRule(RULE);
    const enabled = await put('DDL');
    await client.putRule({ ...RULE, EventPattern: '{"detail-type":["DML"]}' });

    const received = [before, disabled, enabled, await put('DDL'), await put('DML')];
    expect(received).toEqual([['queue'], [], ['queue'], [], ['queue']]);
  });

  it('deletes a rule once its targets are removed', async () => {
    await putTargets(QUEUE);

    await expect(client.deleteRule(RULE)).rejects.toThrow("Rule can't be deleted");
    const removed = await client.removeTargets({ ...BUS, Rule: 'ddl', Ids: ['queue', 'other'] });
    await client.deleteRule(RULE);

    expect(removed.FailedEntries).toEqual([{ TargetId: 'other', ErrorCode: 'ResourceNotFoundException' }]);
    const described = client.describeRule(RULE);
    await expect(described).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await put('DDL')).toEqual([]);
  });

  it('sends what a target does not take to the dead-letter queue, and the publisher gets no error', async () => {
    await putTargets(
      { Id: 'a', Arn: 'missing', DeadLetterConfig: { Arn: 'dead letters' } },
      { Id: 'b', Arn: 'missing' },
    );

    expect(await put('DDL')).toEqual(['dead letters']);
  });

  it.each<[string, Target, unknown]>([
    ["the target's own text", { ...QUEUE, Input: '{"hello":1}' }, { hello: 1 }],
    ['a part of the event', { ...QUEUE, InputPath: '$.detail.data' }, { user: 'alice' }],
    ['the whole event', QUEUE, expect.objectContaining({ source: 'test', detail: { data: { user: 'alice' } } })],
  ])("sends %s as the target's input says", async (_, target, event) => {
    await putTargets(target);

    await put('DDL');

    expect(events.map((body) => JSON.parse(body))).toEqual([event]);
  });

  const six = Array.from({ length: 6 }, (_, id) => ({ Id: String(id), Arn: 'queue' }));
  const putRule = (rule: object) => client.putRule({ ...RULE, ...rule });
  it.each<[string, string, () => Promise<unknown>]>([
    ['an invalid pattern', 'InvalidEventPatternException', () => putRule({ EventPattern: '{"source":"test"}' })],
    ['a rule without a pattern', 'ValidationException', () => putRule({})],
    ['an invalid name', 'ValidationException', () => putRule({ ...PATTERN, Name: 'a rule' })],
    ['more than five targets', 'LimitExceededException', () => putTargets(...six)],
    ['two inputs', 'ValidationException', () => putTargets({ ...QUEUE, Input: '{}', InputPath: '$' })],
    ['an unknown bus', 'ResourceNotFoundException', () => client.listRules({ EventBusName: 'other' })],
  ])('refuses %s with %s', async (_, name, call) => {
    await expect(call()).rejects.toMatchObject({ name });
  });
});
