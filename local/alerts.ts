import { BURST, findBurst, TEN_MINUTES_MS } from '../examples/consumer/burst.ts';
import { nameShown } from '../examples/consumer/refused-login.ts';
import { compare } from './accounts.ts';
import type { Consumer } from './consumer.ts';
import { type ArchivedLine, type BusEvent, readQueue } from './outcome.ts';
import type { Service } from './service.ts';

/** What the sample consumer tells whoever subscribes to its topic. */
export interface Alert {
  readonly user: string;
  readonly address: string;
  /** Of the first and the last refusal, ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly eventIds: readonly string[];
}

/** Waits until the sample consumer is idle; answers its alerts, and every difference to what the archive says it should know. */
export async function finishConsumer(
  service: Service,
  consumer: Consumer,
  archive: readonly ArchivedLine[],
  signal: AbortSignal,
): Promise<{ readonly alerts: readonly Alert[]; readonly differences: readonly string[] }> {
  await consumer.waitUntilIdle(signal);
  const alerts = await readQueue<Alert>(service, consumer.inbox);
  const left = await readQueue<BusEvent>(service, consumer.deadLetterQueue);
  return {
    alerts,
    differences: [
      ...compareAlerts(archive, alerts),
      ...left.map(({ detail }) => `the consumer could not work off ${detail.metadata.eventId}`),
    ],
  };
}

/** Whoever was refused often enough is an alert, which names refusals of theirs; and another one only ten minutes later. */
export function compareAlerts(archive: readonly ArchivedLine[], alerts: readonly Alert[]): readonly string[] {
  const refusals = Map.groupBy(
    archive.filter((line) => line.class === 'AUTH_FAILURE'),
    ({ user, remoteHost }) => nameLogin(nameShown(user), nameShown(remoteHost)),
  );
  const often = [...refusals].filter(([, lines]) => findBurst(lines.map(toRefusal), 0).length > 0);
  const told = Map.groupBy(alerts, ({ user, address }) => nameLogin(user, address));
  return [
    ...compare(
      'the alerts',
      often.map(([login]) => login),
      [...told.keys()],
    ),
    ...[...told].flatMap(([login, ofLogin]) => [
      ...findForeign(login, ofLogin, new Set(refusals.get(login)?.map(({ eventId }) => eventId))),
      ...findRepeated(login, ofLogin),
    ]),
  ];
}

function toRefusal({ arrivalTime, eventId }: ArchivedLine) {
  return { at: Date.parse(arrivalTime), eventId };
}

function findForeign(login: string, alerts: readonly Alert[], own: ReadonlySet<string>): readonly string[] {
  return alerts.flatMap(({ eventIds }) => {
    const foreign = eventIds.filter((id) => !own.has(id)).map((id) => `the alert for ${login} names ${id}`);
    return new Set(eventIds).size === BURST ? foreign : [...foreign, `the alert for ${login} names too few refusals`];
  });
}

function findRepeated(login: string, alerts: readonly Alert[]): readonly string[] {
  const ordered = alerts.toSorted((one, other) => Date.parse(one.from) - Date.parse(other.from));
  const repeated = ordered.some(({ from }, index) => {
    const before = ordered[index - 1];
    return before !== undefined && Date.parse(from) <= Date.parse(before.to) + TEN_MINUTES_MS;
  });
  return repeated ? [`there are two alerts for ${login} within ten minutes`] : [];
}

function nameLogin(user: string, address: string): string {
  return `${user} at ${address}`;
}
