import { gunzipSync } from 'node:zlib';
import { compare, eventId, type PutRecord } from '../../local/accounts.ts';
import type { Config } from '../../src/config.ts';
import { idOfEvent } from '../simulation/simulate.ts';
import { quarantinedNumber } from '../support/batch.ts';
import type { Wire } from '../support/wire.ts';

/** Compares what came out with what was put in, by sets of ids. Answers every difference. */
export async function findLosses(
  put: readonly PutRecord[],
  { publishClasses }: Pick<Config, 'publishClasses'>,
  wire: Wire,
): Promise<readonly string[]> {
  const expected = put.flatMap((record) =>
    typeof record.fate === 'string'
      ? []
      : record.fate.flatMap((fate, index) =>
          fate.kind === 'archived' ? [{ id: eventId(record, index), ...fate }] : [],
        ),
  );
  const poison = put.filter(({ fate }) => typeof fate === 'string').map(({ sequenceNumber }) => sequenceNumber);
  const eligible = expected.filter((event) => publishClasses.has(event.class) && !event.auxiliary);
  const archived: string[] = [];
  for (const key of await wire.listKeys('activity/')) {
    const lines = gunzipSync(await wire.readObject(key))
      .toString()
      .trimEnd()
      .split('\n');
    archived.push(...lines.map((line) => JSON.parse(line).eventId));
  }
  const quarantined = (await wire.listKeys('quarantine/')).map(quarantinedNumber);
  // The bus may get an event more than once.
  const published = [...new Set(wire.events.map(idOfEvent))];
  return [
    ...compare(
      'the archive',
      expected.map(({ id }) => id),
      archived,
    ),
    ...compare('the quarantine', poison, quarantined),
    ...compare('the bus', [...eligible.map(({ id }) => id), ...poison], published),
  ];
}
