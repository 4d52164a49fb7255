import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../local/aws/dynamo-db.ts';
import { type Endpoint, startEndpoint } from '../../../local/aws/endpoint.ts';
import { clientOptions } from '../../../local/aws/index.ts';
import { TEN_MINUTES_MS } from '../burst.ts';
import type { FailedLogin } from '../failed-login.ts';
import { createLoginTable, type LoginTable } from '../login-table.ts';

const MINUTE_MS = 60_000;

let endpoint: Endpoint;
let dynamoDb: DynamoDBClient;
let table: LoginTable;
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
  table = createLoginTable(dynamoDb, 'logins');
});
afterEach(async () => {
  dynamoDb.destroy();
  await endpoint.close();
});

const failAt = (minute: number, login = 'eve'): FailedLogin => ({
  at: minute * MINUTE_MS,
  eventId: `event-${minute}`,
  login,
  user: login,
  address: '203.0.113.7',
  resourceId: 'cluster-A',
});
const minutesOf = (failures: readonly { readonly at: number }[]) => failures.map(({ at }) => at / MINUTE_MS).sort();

describe('what is remembered', () => {
  it('is every failure of a login once, and none of another', async () => {
    for (const minute of [1, 2, 2]) await table.remember(failAt(minute));
    await table.remember(failAt(3, 'mallory'));

    const { failures, quietUntil, claimedBy } = await table.remember(failAt(4));

    expect(minutesOf(failures)).toEqual([1, 2, 4]);
    expect([quietUntil, claimedBy]).toEqual([0, null]);
  });

  it('is forgotten when it can be part of no burst any more', async () => {
    await table.remember(failAt(1));

    const { failures } = await table.remember(failAt(60));

    const request = new GetItemCommand({ TableName: 'logins', Key: { login: { S: 'eve' } } });
    const { Item: item } = await dynamoDb.send(request);
    expect(minutesOf(failures)).toEqual([60]);
    expect(item?.failures?.SS).toEqual([expect.stringContaining('event-60')]);
  });
});

describe('an alert', () => {
  const burst = [1, 2, 3, 4, 5].map((minute) => failAt(minute));
  const [first, last] = [failAt(1), failAt(5)];
  beforeEach(() => table.remember(first));

  it('is claimed by one of those that see the burst, and by that one again until it is sent', async () => {
    const claims = [await table.claimAlert(last, burst), await table.claimAlert(first, burst)];
    const again = await table.claimAlert(last, burst);
    await table.alertSent(last);

    expect([claims, again]).toEqual([[true, false], true]);
    expect(await table.claimAlert(last, burst)).toBe(false);
  });

  it('says who has claimed it, and from when on failures count anew', async () => {
    await table.claimAlert(last, burst);
    const claimed = await table.remember(last);
    await table.alertSent(last);
    const sent = await table.remember(last);

    expect(claimed).toMatchObject({ claimedBy: last.eventId, quietUntil: last.at + TEN_MINUTES_MS });
    expect(sent).toMatchObject({ claimedBy: null, quietUntil: last.at + TEN_MINUTES_MS });
  });

  it('is claimed by nobody where the table does not answer', async () => {
    const nowhere = createLoginTable(dynamoDb, 'another');

    await expect(nowhere.claimAlert(last, burst)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
