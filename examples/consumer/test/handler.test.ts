import { CreateEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../local/alerts.ts';
import type { Endpoint, Intercept } from '../../../local/aws/endpoint.ts';
import { injectFaults, REAL_WAITING } from '../../../local/aws/faults.ts';
import { clientOptions, startAws } from '../../../local/aws/index.ts';
import {
  CONSUMER,
  type PackagedConsumer,
  packageConsumer,
  runFunction,
  startConsumer,
} from '../../../local/consumer.ts';
import type { LambdaFunction } from '../../../local/lambda.ts';
import { readQueue } from '../../../local/outcome.ts';
import { findSchemaViolations } from '../../../local/schema-violations.ts';
import { createActivityEntry } from '../../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../../../test/support/activity.ts';
import { asDelivered } from '../../../test/support/bus.ts';
import { BURST } from '../burst.ts';

const START = Date.UTC(2026, 2, 1, 12, 0, 0);

let packaged: PackagedConsumer;
let aws: Endpoint;
let lambda: LambdaFunction;
let intercept: Intercept;
let sqs: SQSClient;
let eventBridge: EventBridgeClient;
beforeAll(async () => {
  packaged = await packageConsumer(new AbortController().signal);
});
beforeEach(async () => {
  intercept = () => false;
  aws = await startAws((call, ...others) => call.caller === CONSUMER && intercept(call, ...others));
  sqs = new SQSClient(clientOptions(aws.url, 'test'));
  eventBridge = new EventBridgeClient(clientOptions(aws.url, 'test'));
  await eventBridge.send(new CreateEventBusCommand({ Name: String(packaged.rules[0]?.eventBusName) }));
  await packaged.create(aws.url);
  lambda = await runFunction(packaged, aws.url);
});
afterEach(async () => {
  await lambda.close();
  for (const client of [sqs, eventBridge]) client.destroy();
  await aws.close();
});

interface Refusal {
  readonly second: number;
  readonly user?: string | null;
  readonly remoteHost?: string | null;
}

/** A refused login as the router publishes it. */
function refuse({ second, user = 'eve', remoteHost = '203.0.113.7' }: Refusal) {
  const arrivalTime = new Date(START + second * 1000).toISOString();
  const refused = { class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE', errorCode: '28P01' } as const;
  const activity = { ...refused, action: 'AUTH FAILURE', user, remoteHost };
  const event = createEvent({
    activity,
    origin: { sequenceNumber: String(1000 + second), arrivalTime },
    statement: null,
  });
  const config = createConfig();
  const delivered = asDelivered(createActivityEntry(event, null, config), config);
  expect(findSchemaViolations(delivered)).toEqual([]);
  return delivered;
}

const refuseAt = (...seconds: readonly number[]) => seconds.map((second) => refuse({ second }));
const toMessages = (bodies: readonly unknown[]) => ({
  Records: bodies.map((body, index) => ({
    messageId: `message-${index}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })),
});
const invoke = (...bodies: readonly unknown[]) => lambda.invoke(toMessages(bodies));
const readAlerts = () => readQueue<Alert & { from: string; to: string }>({ sqs, endpointUrl: aws.url }, packaged.inbox);
const DONE = { batchItemFailures: [] };

/** Has the consumer's calls of a service fail. */
function fail(service: string): void {
  const fault = { kind: 'error', code: 'InternalError', status: 500 } as const;
  intercept = injectFaults((call) => (call.service === service ? fault : null), REAL_WAITING);
}

describe('five refused logins of a user from an address within ten minutes', () => {
  it('are one alert, which says who, where from, when, and which events', async () => {
    const events = refuseAt(0, 60, 120, 180, 600);

    expect(await invoke(...events)).toEqual(DONE);

    expect(await readAlerts()).toEqual([
      {
        alert: 'Refused logins',
        user: 'eve',
        address: '203.0.113.7',
        resourceIds: [events[0]?.detail.data.resourceId],
        from: '2026-03-01T12:00:00.000Z',
        to: '2026-03-01T12:10:00.000Z',
        eventIds: events.map(({ detail }) => detail.metadata.eventId),
      },
    ]);
  });

  it.each<[string, () => readonly unknown[]]>([
    ['four', () => refuseAt(0, 1, 2, 3)],
    ['five in a longer time', () => refuseAt(0, 150, 300, 450, 601)],
    ['the same four, each twice', () => refuseAt(0, 1, 2, 3, 0, 1, 2, 3)],
    [
      'five of several users',
      () => Array.from({ length: 5 }, (_, second) => refuse({ second, user: `user-${second}` })),
    ],
    [
      'five from several addresses',
      () => Array.from({ length: 5 }, (_, second) => refuse({ second, remoteHost: `203.0.113.${second}` })),
    ],
    [
      'users and addresses that only together read alike',
      () =>
        [0, 1, 2, 3]
          .map((second) => refuse({ second, user: 'a', remoteHost: 'b c' }))
          .concat(refuse({ second: 4, user: 'a b', remoteHost: 'c' })),
    ],
  ])('but %s are none', async (_, events) => {
    expect(await invoke(...events())).toEqual(DONE);

    expect(await readAlerts()).toEqual([]);
  });

  it('are one alert however they are delivered: one by one, in any order, each twice', async () => {
    for (const event of refuseAt(40, 10, 30, 20, 50)) {
      await invoke(event);
      await invoke(event);
    }

    expect(await readAlerts()).toHaveLength(1);
  });

  it('are one alert where several see the fifth at the same time', async () => {
    await invoke(...refuseAt(0, 1, 2));

    const answers = await Promise.all(refuseAt(3, 4, 5, 6, 7, 8).map((event) => invoke(event)));

    expect(answers).toEqual(Array.from({ length: 6 }, () => DONE));
    expect(await readAlerts()).toHaveLength(1);
  });

  it('are one alert as long as it goes on, and another one after ten minutes', async () => {
    await invoke(...refuseAt(...Array.from({ length: 60 }, (_, index) => index * 10)));
    expect(await readAlerts()).toHaveLength(1);

    await invoke(...refuseAt(700, 701, 702, 703, 704));

    expect((await readAlerts()).map(({ from }) => from).sort()).toEqual([
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T12:11:40.000Z',
    ]);
  });

  it('of nobody, from nowhere, or with a name of any length are one alert too', async () => {
    const long = 'x'.repeat(100_000);

    await invoke(...Array.from({ length: BURST }, (_, second) => refuse({ second, user: null, remoteHost: null })));
    await invoke(...Array.from({ length: BURST }, (_, second) => refuse({ second, user: long, remoteHost: long })));

    expect((await readAlerts()).map(({ user, address }) => `${user.slice(0, 7)} ${address.length}`).sort()).toEqual([
      'unknown 7',
      'xxxxxxx 200',
    ]);
  });
});

describe('what fails', () => {
  it('in a later burst is that burst, delivered again, and not an earlier one', async () => {
    await invoke(...refuseAt(0, 1, 2, 3, 4));
    const later = refuseAt(700, 701, 702, 703, 704);
    fail('sns');
    expect(await invoke(...later)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-4' }] });
    intercept = () => false;

    await invoke(later[4]);
    await invoke(later[4]);

    const idsOf = (events: readonly ReturnType<typeof refuse>[]) => events.map(({ detail }) => detail.metadata.eventId);
    const told = (await readAlerts()).map(({ eventIds }) => eventIds);
    expect(told.sort()).toEqual([idsOf(refuseAt(0, 1, 2, 3, 4)), idsOf(later)].sort());
  });

  it('is delivered again, and then there is one alert', async () => {
    const events = refuseAt(0, 1, 2, 3, 4);
    fail('sns');
    const first = await invoke(...events);
    intercept = () => false;

    const second = await invoke(events[4]);

    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-4' }] });
    expect(second).toEqual(DONE);
    expect(await readAlerts()).toHaveLength(1);
  });

  it('while the next burst is on is not lost behind it', async () => {
    const [first, later] = [refuseAt(0, 1, 2, 3, 4), refuseAt(700, 701, 702, 703, 704)];
    fail('sns');
    await invoke(...first);
    await invoke(...later);
    intercept = () => false;

    await invoke(first[4]);
    await invoke(later[4]);

    expect(await readAlerts()).toHaveLength(2);
  });

  it('keeps back nothing but its own message', async () => {
    const events = refuseAt(0, 1, 2, 3, 4);

    const answer = await invoke('no JSON', ...events, '{}', { ...events[0], 'detail-type': 'Database Activity DDL' });

    expect(answer).toEqual({
      batchItemFailures: ['message-0', 'message-6', 'message-7'].map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(await readAlerts()).toHaveLength(1);
  });

  it('leaves no word of the message in the log', async () => {
    await invoke('canary { "not": json');

    expect(lambda.log.join('\n')).toContain('could not be worked off');
    expect(lambda.log.join('\n')).not.toContain('canary');
  });

  it('at the table is delivered again, and counts once', async () => {
    const events = refuseAt(0, 1, 2, 3);
    await invoke(...events);
    fail('dynamodb');
    const [fifth] = refuseAt(4);
    expect(await invoke(fifth)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    intercept = () => false;

    await invoke(fifth);

    expect(await readAlerts()).toHaveLength(1);
  });
});

it('the rule, the queue and the mapping bring the events of the bus to the function', async () => {
  const consumer = await startConsumer(packaged, { endpointUrl: aws.url, sqs });
  const events = refuseAt(0, 1, 2, 3, 4);

  const Entries = events.map((event) => ({
    EventBusName: String(packaged.rules[0]?.eventBusName),
    Source: 'das-router',
    DetailType: event['detail-type'],
    Detail: JSON.stringify(event.detail),
  }));
  await eventBridge.send(new PutEventsCommand({ Entries }));
  await consumer.waitUntilIdle(new AbortController().signal);
  await consumer.close();

  expect(await readAlerts()).toHaveLength(1);
});
