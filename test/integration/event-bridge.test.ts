import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, startEndpoint } from '../../local/aws/endpoint.ts';
import { createEventBridge } from '../../local/aws/event-bridge.ts';
import { ACCOUNT_ID, clientOptions, REGION } from '../../local/aws/index.ts';

const BUS = { EventBusName: 'activity' };
const RULE = { ...BUS, Name: 'ddl' };
const QUEUE = { Id: 'queue', Arn: 'queue' };

let delivered: (readonly [target: string, event: string])[];
let endpoint: Endpoint;
let client: EventBridgeClient;
beforeEach(async () => {
  delivered = [];
  const deliver = async (target: string, event: string) => {
    if (target === 'missing') throw new Error('There is no such queue');
    delivered.push([target, event]);
  };
  endpoint = await startEndpoint(
    new Map([['events', createEventBridge({ region: REGION, accountId: ACCOUNT_ID }, deliver)]]),
  );
  client = new EventBridgeClient({ ...clientOptions(endpoint.url, 'test'), maxAttempts: 1 });
  await client.send(new CreateEventBusCommand({ Name: 'activity' }));
  await client.send(new PutRuleCommand({ ...RULE, EventPattern: '{"detail-type":["DDL"]}' }));
});
afterEach(async () => {
  client.destroy();
  await endpoint.close();
});

const putTargets = (...Targets: Target[]) => client.send(new PutTargetsCommand({ ...BUS, Rule: 'ddl', Targets }));

async function put(detailType: string): Promise<readonly string[]> {
  const entry = { ...BUS, Source: 'test', DetailType: detailType, Detail: '{"data":{"user":"alice"}}' };
  const { FailedEntryCount: failed } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  expect(failed).toBe(0);
  return delivered.splice(0).map(([target]) => target);
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: Error) => error.name,
  );

describe('the local EventBridge', () => {
  it('tells which rules and targets there are', async () => {
    await putTargets(QUEUE);

    const { Rules: rules } = await client.send(new ListRulesCommand(BUS));
    const { Rules: others } = await client.send(new ListRulesCommand({ ...BUS, NamePrefix: 'dml' }));
    const rule = await client.send(new DescribeRuleCommand(RULE));
    const { Targets: targets } = await client.send(new ListTargetsByRuleCommand({ ...BUS, Rule: 'ddl' }));

    const Arn = `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/activity/ddl`;
    expect(rules).toEqual([{ ...RULE, Arn, State: 'ENABLED', EventPattern: '{"detail-type":["DDL"]}' }]);
    expect(rule).toMatchObject(rules?.[0] ?? {});
    expect(others).toEqual([]);
    expect(targets).toEqual([QUEUE]);
  });

  it('lets a rule that is disabled get nothing until it is enabled again', async () => {
    await putTargets(QUEUE);

    const before = await put('DDL');
    await client.send(new DisableRuleCommand(RULE));
    const disabled = await put('DDL');
    await client.send(new EnableRuleCommand(RULE));
    const after = await put('DDL');

    expect([before, disabled, after]).toEqual([['queue'], [], ['queue']]);
  });

  it('keeps the targets of a rule that is put again, with another pattern', async () => {
    await putTargets(QUEUE);

    await client.send(new PutRuleCommand({ ...RULE, EventPattern: '{"detail-type":["DML"]}' }));

    expect([await put('DDL'), await put('DML')]).toEqual([[], ['queue']]);
  });

  it('deletes a rule once its targets are removed', async () => {
    await putTargets(QUEUE);

    const refused = await errorOf(client.send(new DeleteRuleCommand(RULE)));
    const removed = await client.send(new RemoveTargetsCommand({ ...BUS, Rule: 'ddl', Ids: ['queue', 'other'] }));
    await client.send(new DeleteRuleCommand(RULE));
    const gone = await errorOf(client.send(new DescribeRuleCommand(RULE)));

    expect(refused).toBe('ValidationException');
    expect(removed.FailedEntries).toEqual([{ TargetId: 'other', ErrorCode: 'ResourceNotFoundException' }]);
    expect(gone).toBe('ResourceNotFoundException');
    expect(await put('DDL')).toEqual([]);
  });

  it('gives to the dead-letter queue what the target does not take, and the publisher is not told', async () => {
    await putTargets(
      { Id: 'a', Arn: 'missing', DeadLetterConfig: { Arn: 'dead letters' } },
      { Id: 'b', Arn: 'missing' },
    );

    expect(await put('DDL')).toEqual(['dead letters']);
  });

  it("gives a target a text of its own, a part of the event, or all of it, as the target's input says", async () => {
    await putTargets({ Id: 'a', Arn: 'a', Input: '{"hello":1}' }, { Id: 'b', Arn: 'b', InputPath: '$.detail.data' });
    await putTargets({ Id: 'c', Arn: 'c' });
    const entry = { ...BUS, Source: 'test', DetailType: 'DDL', Detail: '{"data":{"user":"alice"}}' };

    await client.send(new PutEventsCommand({ Entries: [entry] }));

    const [a, b, c] = delivered.toSorted().map(([, event]) => JSON.parse(event));
    expect([a, b, c.source]).toEqual([{ hello: 1 }, { user: 'alice' }, 'test']);
  });

  it('refuses what AWS refuses', async () => {
    const pattern = (EventPattern: string) => errorOf(client.send(new PutRuleCommand({ ...RULE, EventPattern })));
    const six = Array.from({ length: 6 }, (_, id) => ({ Id: String(id), Arn: 'queue' }));

    expect(await pattern('{"source":"test"}')).toBe('InvalidEventPatternException');
    expect(await errorOf(client.send(new PutRuleCommand(RULE)))).toBe('ValidationException');
    expect(await errorOf(client.send(new PutRuleCommand({ ...RULE, Name: 'a rule', EventPattern: '{}' })))).toBe(
      'ValidationException',
    );
    expect(await errorOf(putTargets(...six))).toBe('LimitExceededException');
    expect(await errorOf(putTargets({ ...QUEUE, Input: '{}', InputPath: '$' }))).toBe('ValidationException');
    expect(await errorOf(client.send(new ListRulesCommand({ EventBusName: 'other' })))).toBe(
      'ResourceNotFoundException',
    );
  });
});
