import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alert } from '../../../local/alerts.ts';
import type { Call, Endpoint } from '../../../local/aws/endpoint.ts';
import { injectFaults, REAL_WAITING } from '../../../local/aws/faults.ts';
import { ACCOUNT_ID, clientEnvironment, clientOptions, REGION, startAws } from '../../../local/aws/index.ts';
import { CONSUMER } from '../../../local/consumer.ts';
import { readQueue } from '../../../local/outcome.ts';
import { createSurroundings } from '../../../local/provision.ts';
import { queueOf } from '../../../local/service.ts';
import { readRefusedLogin } from '../refused-login.ts';
import { refuse } from './refuse.ts';

type Handler = typeof import('../handler.ts').handler;

const START = Date.UTC(2026, 2, 1, 12, 0, 0);
const TABLE = 'refusals';
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:alerts`;
const DONE = { batchItemFailures: [] };
/** Not a status on which the SDK tries again: a retry would wait. */
const FAULT = { kind: 'error', code: 'AccessDeniedException', status: 400 } as const;

let aws: Endpoint;
let sqs: SQSClient;
let dynamoDb: DynamoDB;
let handler: Handler;
let logged: string[];
let isFailing: (call: Call) => boolean;
/** The user of the test that runs: tests share the table and the topic. */
let user = 'eve-0';

beforeAll(async () => {
  const fails = (call: Call) => call.caller === CONSUMER && isFailing(call);
  aws = await startAws(injectFaults((call) => (fails(call) ? FAULT : null), REAL_WAITING));
  const tables = [{ name: TABLE, key: 'login' }];
  await createSurroundings({ buckets: [], buses: [], queues: [], topics: ['alerts'], tables }, aws.url);
  const options = clientOptions(aws.url, 'test');
  [sqs, dynamoDb] = [new SQSClient(options), new DynamoDB(options)];
  const environment = { ...clientEnvironment(aws.url, CONSUMER), REFUSAL_TABLE: TABLE, ALERT_TOPIC: TOPIC };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  ({ handler } = await import('../handler.ts'));
});
beforeEach(() => {
  isFailing = () => false;
  user = `eve-${Number(user.slice(4)) + 1}`;
  logged = [];
  const keep = (text: unknown) => logged.push(String(text)) > 0;
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockImplementation(keep);
});
afterEach(() => void vi.useRealTimers().restoreAllMocks());
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const client of [sqs, dynamoDb]) client.destroy();
  await aws.close();
});

function refuseAfter(second: number) {
  const arrivalTime = new Date(START + second * 1000).toISOString();
  return refuse({ user, remoteHost: '203.0.113.7' }, { sequenceNumber: String(1000 + second), arrivalTime });
}

type Refused = ReturnType<typeof refuse>;

const refuseAt = (...seconds: readonly number[]) => seconds.map(refuseAfter);
const idsOf = (events: readonly Refused[]) => events.map(({ detail }) => detail.metadata.eventId);

function invoke(...bodies: readonly (Refused | object | string | undefined)[]) {
  const messages = bodies.map((body, index) => ({
    messageId: `message-${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }));
  return handler({ Records: messages } as Parameters<Handler>[0]);
}

async function readAlerts() {
  const alerts = await readQueue<Alert>({ sqs, endpointUrl: aws.url }, queueOf(TOPIC));
  return alerts.filter((alert) => alert.user === user).sort((one, other) => one.from.localeCompare(other.from));
}

/** What the table keeps of the test's user. */
async function readItem() {
  const { login } = readRefusedLogin(JSON.stringify(refuseAfter(0)));
  const { Item: item = {} } = await dynamoDb.getItem({ TableName: TABLE, Key: { login: { S: login } } });
  return item;
}

describe('five refused logins of a user from an address within ten minutes', () => {
  it('are one alert, which says who, where from, when, and which events', async () => {
    const events = refuseAt(0, 60, 120, 180, 600);

    expect(await invoke(...events)).toEqual(DONE);

    expect(await readAlerts()).toEqual([
      {
        alert: 'Refused logins',
        user,
        address: '203.0.113.7',
        resourceIds: [events[0]?.detail.data.resourceId],
        from: '2026-03-01T12:00:00.000Z',
        to: '2026-03-01T12:10:00.000Z',
        eventIds: idsOf(events),
      },
    ]);
  });

  it('are one alert in any order, when each is delivered twice, and no alert before the fifth', async () => {
    const [first, ...rest] = refuseAt(40, 10, 30, 20, 50);
    for (const event of [...rest, ...rest]) await invoke(event);
    expect(await readAlerts()).toEqual([]);

    for (const event of [first, first]) await invoke(event);

    expect(await readAlerts()).toHaveLength(1);
  });

  it('are one alert where several invocations see the fifth at the same time', async () => {
    await invoke(...refuseAt(0, 1, 2));

    const answers = await Promise.all(refuseAt(3, 4, 5, 6, 7, 8).map((event) => invoke(event)));

    expect(answers).toEqual(Array.from({ length: 6 }, () => DONE));
    expect(await readAlerts()).toHaveLength(1);
  });

  it('are one alert while the attack goes on, and another one after ten minutes', async () => {
    await invoke(...refuseAt(...Array.from({ length: 13 }, (_, index) => index * 50)));
    expect(await readAlerts()).toHaveLength(1);

    await invoke(...refuseAt(801, 802, 803, 804, 805));

    const starts = (await readAlerts()).map(({ from }) => from);
    expect(starts).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-01T12:13:21.000Z']);
  });
});

describe('a failure', () => {
  it.each([
    ['that counts the refusal', 1],
    ['that claims the alert', 2],
    ['that sends the alert', 3],
    ['that ends the claim', 4],
  ])('of the call %s has the message delivered again', async (_, failing) => {
    await invoke(...refuseAt(0, 1, 2, 3));
    const fifth = refuseAfter(4);
    let calls = 0;
    isFailing = () => ++calls === failing;
    const first = await invoke(fifth);
    isFailing = () => false;

    const again = [await invoke(fifth), await invoke(fifth)];

    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(again).toEqual([DONE, DONE]);
    // Between the alert and the end of its claim: the alert is sent twice.
    const alerts = (await readAlerts()).map(({ eventIds }) => eventIds);
    expect(alerts).toEqual(Array.from({ length: failing === 4 ? 2 : 1 }, () => idsOf(refuseAt(0, 1, 2, 3, 4))));
  });

  it('keeps the alert of its own burst, and the next burst does not replace it', async () => {
    const [first, later] = [refuseAt(0, 1, 2, 3, 4), refuseAt(700, 701, 702, 703, 704)];
    isFailing = ({ service }) => service === 'sns';
    const failed = [await invoke(...first), await invoke(...later)];
    isFailing = () => false;

    for (const event of [first[4], first[4], later[4], later[4]]) await invoke(event);

    const fifth = { batchItemFailures: [{ itemIdentifier: 'message-4' }] };
    expect(failed).toEqual([fifth, fifth]);
    expect((await readAlerts()).map(({ eventIds }) => eventIds)).toEqual([idsOf(first), idsOf(later)]);
  });

  it('holds back only its own message, of which no word is logged', async () => {
    const events = refuseAt(0, 1, 2, 3, 4);
    const foreign = { ...events[0], 'detail-type': 'Database Activity DDL' };

    const answer = await invoke('canary { "not": json', ...events, '{}', foreign);

    expect(answer).toEqual({
      batchItemFailures: ['message-0', 'message-6', 'message-7'].map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(await readAlerts()).toHaveLength(1);
    expect(logged.join('\n')).toContain('could not be worked off');
    expect(logged.join('\n')).not.toContain('canary');
  });
});

it('the table keeps a login for a day after the last attempt', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });

  await invoke(refuseAfter(0));

  expect((await readItem()).expiresAt?.N).toBe(String(START / 1000 + 86_400));
});

it('the table loses refusals that are too old for any alert, several at a time, and an alert has none of them', async () => {
  const countKept = async () => (await readItem()).refusals?.SS?.length;
  await invoke(...refuseAt(0, 200, 400, 600, 3600));
  const before = await countKept();

  await invoke(...refuseAt(3601, 100));

  expect([before, await countKept()]).toEqual([5, 2]);
  expect(await readAlerts()).toEqual([]);
});
