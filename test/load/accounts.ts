import { gunzipSync } from 'node:zlib';
import type { Fate } from '../../local/workload.ts';
import type { QuarantineReason } from '../../src/activity.ts';
import type { Config } from '../../src/config.ts';
import type { Put } from '../simulation/memory-stream.ts';
import type { Wire } from '../support/wire.ts';

export interface PutRecord extends Put {
  readonly fate: readonly Fate[] | QuarantineReason;
}

/** Compares what came out with what was put in, by sets of ids. Answers every difference. */
export async function findLosses(
  put: readonly PutRecord[],
  resourceId: string,
  { publishClasses }: Pick<Config, 'publishClasses'>,
  wire: Wire,
): Promise<readonly string[]> {
  const expected = put.flatMap(({ fate, shardId, sequenceNumber }) =>
    typeof fate === 'string'
      ? []
      : fate.flatMap((one, index) =>
          one.kind === 'archived' ? [{ id: `${resourceId}/${shardId}/${sequenceNumber}/${index}`, ...one }] : [],
        ),
  );
  const archived: string[] = [];
  for (const key of await wire.listKeys('activity/')) {
    const lines = gunzipSync(await wire.readObject(key))
      .toString()
      .trimEnd()
      .split('\n');
    archived.push(...lines.map((line) => JSON.parse(line).eventId));
  }
  const poison = put.filter(({ fate }) => typeof fate === 'string');
  const quarantined = (await wire.listKeys('quarantine/')).map((key) => /-(\d+)\.json$/.exec(key)?.[1] ?? key);
  const published = wire.events.map(({ detail }) => detail.metadata.eventId ?? String(detail.data.sequenceNumber));
  const eligible = expected.filter((event) => publishClasses.has(event.class) && !event.auxiliary);
  const poisonNumbers = poison.map(({ sequenceNumber }) => sequenceNumber);
  const seen = new Set<string>();
  return [
    ...compare(
      'the archive',
      expected.map(({ id }) => id),
      archived,
    ),
    ...archived.filter((id) => seen.size === seen.add(id).size).map((id) => `the archive holds ${id} twice`),
    ...compare('the quarantine', poisonNumbers, quarantined),
    ...compare('the bus', [...eligible.map(({ id }) => id), ...poisonNumbers], published),
  ];
}

function compare(where: string, expected: readonly string[], found: readonly string[]): readonly string[] {
  const [wanted, there] = [new Set(expected), new Set(found)];
  return [
    ...[...wanted.difference(there)].map((id) => `${where} lacks ${id}`),
    ...[...there.difference(wanted)].map((id) => `${where} must not hold ${id}`),
  ];
}
