import { BURST } from '../examples/consumer/burst.ts';
import { compare } from './accounts.ts';
import type { Consumer } from './consumer.ts';
import { type ArchivedLine, type BusEvent, readQueue } from './outcome.ts';
import type { Service } from './service.ts';

/** What the sample consumer tells whoever subscribes to its topic. */
export interface Alert {
  readonly user: string;
  readonly address: string;
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

/** A run takes less than ten minutes: whoever was refused often enough is one alert, which names failures of theirs. */
export function compareAlerts(archive: readonly ArchivedLine[], alerts: readonly Alert[]): readonly string[] {
  const failures = Map.groupBy(
    archive.filter((line) => line.class === 'AUTH_FAILURE'),
    ({ user, remoteHost }) => nameLogin(String(user), String(remoteHost)),
  );
  const often = [...failures].filter(([, lines]) => lines.length >= BURST).map(([login]) => login);
  return [
    ...compare(
      'the alerts',
      often,
      alerts.map(({ user, address }) => nameLogin(user, address)),
    ),
    ...alerts.flatMap(({ user, address, eventIds }) => {
      const login = nameLogin(user, address);
      const own = new Set(failures.get(login)?.map(({ eventId }) => eventId));
      const foreign = eventIds.filter((id) => !own.has(id)).map((id) => `the alert for ${login} names ${id}`);
      return new Set(eventIds).size === BURST ? foreign : [...foreign, `the alert for ${login} names too few failures`];
    }),
  ];
}

function nameLogin(user: string, address: string): string {
  return `${user} at ${address}`;
}
