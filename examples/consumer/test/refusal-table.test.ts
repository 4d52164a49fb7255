import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../local/aws/dynamo-db.ts';
import { type Endpoint, startEndpoint } from '../../../local/aws/endpoint.ts';
import { clientOptions } from '../../../local/aws/index.ts';
import { TEN_MINUTES_MS } from '../burst.ts';
import { createRefusalTable, type RefusalTable } from '../refusal-table.ts';
import type { RefusedLogin } from '../refused-login.ts';

const MINUTE_MS = 60_000;

let endpoint: Endpoint;
let dynamoDb: DynamoDBClient;
let table: RefusalTable;
beforeEach(async () => {
  endpoint = await startEndpoint(new Map([['dynamodb', createDynamoDb()]]));
  dynamoDb = new DynamoDBClient({ ...clientOptions(endpoint.url, 'test'), maxAttempts: 1 });
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: 'logins',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'login', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'login', KeyType: 'HASH' }],
    }),
  );
  table = createRefusalTable(dynamoDb, 'logins');
});
afterEach(async () => {
  dynamoDb.destroy();
  await endpoint.close();
});

const refuseAt = (minute: number, login = 'eve'): RefusedLogin => ({
  at: minute * MINUTE_MS,
  eventId: `event-${minute}`,
  login,
  user: login,
  address: '203.0.113.7',
});
const minutesOf = (refusals: readonly { readonly at: number }[]) => refusals.map(({ at }) => at / MINUTE_MS).sort();

async function readItem() {
  const request = new GetItemCommand({ TableName: 'logins', Key: { login: { S: 'eve' } } });
  return (await dynamoDb.send(request)).Item;
}

describe('what is remembered', () => {
  it('is every refusal of a login once, and none of another', async () => {
    for (const minute of [1, 2, 2]) await table.remember(refuseAt(minute));
    await table.remember(refuseAt(3, 'mallory'));

    const { refusals, quietUntil, claimed } = await table.remember(refuseAt(4));

    expect(minutesOf(refusals)).toEqual([1, 2, 4]);
    expect([quietUntil, claimed]).toEqual([0, null]);
  });

  it('is told without what can be part of no burst any more, and that is taken away some at a time', async () => {
    for (const minute of [1, 2, 3, 4]) await table.remember(refuseAt(minute));
    const { refusals: told } = await table.remember(refuseAt(60));
    const kept = await readItem();
    await table.remember(refuseAt(5));

    expect(minutesOf(told)).toEqual([60]);
    expect(kept?.refusals?.SS).toHaveLength(5);
    expect((await readItem())?.refusals?.SS).toEqual([expect.stringContaining('event-60')]);
  });

  it('ends a day after the last attempt', async () => {
    await table.remember(refuseAt(1));

    const { expiresAt } = (await readItem()) ?? {};

    expect(Number(expiresAt?.N)).toBeGreaterThan(Date.now() / 1000 + 86_000);
  });
});

describe('an alert', () => {
  const burst = [1, 2, 3, 4, 5].map((minute) => refuseAt(minute));
  const [first, last] = [refuseAt(1), refuseAt(5)];
  beforeEach(() => table.remember(first));

  it('is claimed by one of those that see the burst', async () => {
    expect([await table.claimAlert(last, burst), await table.claimAlert(first, burst)]).toEqual([true, false]);
  });

  it('tells the event that claimed it of what, until it is sent, and from when on refusals count anew', async () => {
    await table.claimAlert(last, burst);
    const claimed = await table.remember(last);
    await table.endClaim(last);
    const sent = await table.remember(last);

    const quietUntil = last.at + TEN_MINUTES_MS;
    expect(claimed.quietUntil).toBe(quietUntil);
    expect(minutesOf(claimed.claimed ?? [])).toEqual([1, 2, 3, 4, 5]);
    expect(sent).toMatchObject({ quietUntil, claimed: null });
  });

  it('keeps its claim where another one is claimed and sent', async () => {
    const [later, burstLater] = [refuseAt(20), [16, 17, 18, 19, 20].map((minute) => refuseAt(minute))];
    await table.claimAlert(last, burst);

    expect(await table.claimAlert(later, burstLater)).toBe(true);
    await table.endClaim(later);

    expect(minutesOf((await table.remember(last)).claimed ?? [])).toEqual([1, 2, 3, 4, 5]);
  });

  it('is claimed by nobody where the table does not answer', async () => {
    const nowhere = createRefusalTable(dynamoDb, 'another');

    await expect(nowhere.claimAlert(last, burst)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
