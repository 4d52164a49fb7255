import { describe, expect, it } from 'vitest';
import { type ArchivedObject, buildTree, countByClass, keepLatest } from '../../../../local/page/describe-archive.ts';
import type { ArchiveFolder } from '../../../../local/page/snapshot.ts';
import { ACTIVITY_CLASSES } from '../../../../src/activity.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const OBJECT: ArchivedObject = { class: 'DDL', source: 'cluster-A', hour: '2026-03-01T12', events: 1, written: NOW };
const object = (some: Partial<ArchivedObject>): ArchivedObject => ({ ...OBJECT, ...some });

it('events by class are counted for every class, and as late only what was written within the last minute', () => {
  const objects = [
    object({ events: 3 }),
    object({ events: 4, written: NOW - 59_999 }),
    object({ events: 5, written: NOW - 60_000 }),
    object({ class: 'DQL', events: 7 }),
  ];
  const counted: Readonly<Record<string, object>> = { DDL: { events: 12, lately: 7 }, DQL: { events: 7, lately: 7 } };

  expect(countByClass(objects, NOW)).toEqual(
    ACTIVITY_CLASSES.map((name) => ({ class: name, events: 0, lately: 0, ...counted[name] })),
  );
});

describe("the archive's tree", () => {
  it('is class, source and hour as in the keys, in their order, each with its events and objects', () => {
    const objects = [
      object({ source: 'db-B', events: 2 }),
      object({ events: 3 }),
      object({ events: 4 }),
      object({ hour: '2026-03-01T11', events: 5 }),
      object({ class: 'DCL', events: 6 }),
    ];
    const write = ({ name, events, objects: count, hidden, folders }: ArchiveFolder): readonly string[] => [
      `${name}: ${events} in ${count}, ${hidden} hidden`,
      ...folders.flatMap(write).map((line) => `  ${line}`),
    ];

    expect(buildTree(objects).flatMap(write)).toEqual([
      'class=DCL: 6 in 1, 0 hidden',
      '  source=cluster-A: 6 in 1, 0 hidden',
      '    dt=2026-03-01/hour=12: 6 in 1, 0 hidden',
      'class=DDL: 14 in 4, 0 hidden',
      '  source=cluster-A: 12 in 3, 0 hidden',
      '    dt=2026-03-01/hour=11: 5 in 1, 0 hidden',
      '    dt=2026-03-01/hour=12: 7 in 2, 0 hidden',
      '  source=db-B: 2 in 1, 0 hidden',
      '    dt=2026-03-01/hour=12: 2 in 1, 0 hidden',
    ]);
  });

  it('shows the last 24 hours of a source, and counts the others', () => {
    const hours = Array.from({ length: 30 }, (_, at) => new Date(NOW + at * 3_600_000).toISOString().slice(0, 13));

    const [folder] = buildTree(hours.map((hour) => object({ hour })))[0]?.folders ?? [];

    const shown = hours.slice(6).map((hour) => `dt=${hour.replace('T', '/hour=')}`);
    expect(folder).toMatchObject({ events: 30, hidden: 6, folders: shown.map((name) => ({ name })) });
  });
});

it('the last events are ten at most, the newest first whatever their order, without what is not shown', () => {
  const ids = Array.from({ length: 30 }, (_, number) => `id-${number}`);
  const shown = { class: 'DDL', action: null, user: 'alice', database: null };
  const events = ids.map((eventId, number) => {
    const arrivalTime = new Date(NOW + number * 1000).toISOString();
    return { ...shown, eventId, arrivalTime, objectName: 'x'.repeat(1000), more: 'not kept' };
  });

  const latest = keepLatest(events.toSorted((one, other) => (one.eventId < other.eventId ? -1 : 1)));

  const newest = events.toReversed().slice(0, 10);
  expect(latest).toEqual(newest.map(({ more: _, ...kept }) => ({ ...kept, objectName: `${'x'.repeat(120)}…` })));
});
