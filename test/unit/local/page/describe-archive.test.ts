import { describe, expect, it } from 'vitest';
import {
  type ArchivedObject,
  buildTree,
  countByClass,
  keepLatest,
  shorten,
} from '../../../../local/page/describe-archive.ts';
import { ACTIVITY_CLASSES } from '../../../../src/activity.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const object = (some: Partial<ArchivedObject> = {}): ArchivedObject => ({
  class: 'DDL',
  source: 'cluster-A',
  hour: '2026-03-01T12',
  events: 1,
  written: NOW,
  ...some,
});
const event = (eventId: string, arrivalTime: string) => ({
  eventId,
  arrivalTime,
  class: 'DDL',
  action: null,
  user: 'alice',
  database: null,
  objectName: 'x'.repeat(1000),
  more: 'not kept',
});

describe('events by class', () => {
  it('names every class, those without events too', () => {
    const counts = countByClass([], NOW);

    expect(counts.map((count) => count.class)).toEqual(ACTIVITY_CLASSES);
    expect(counts.every(({ events, lately }) => events === 0 && lately === 0)).toBe(true);
  });

  it('counts as late only what was written within the last minute', () => {
    const objects = [
      object({ events: 3 }),
      object({ events: 4, written: NOW - 59_999 }),
      object({ events: 5, written: NOW - 60_000 }),
      object({ class: 'DQL', events: 7 }),
    ];

    const counts = countByClass(objects, NOW);

    expect(counts.find((count) => count.class === 'DDL')).toEqual({ class: 'DDL', events: 12, lately: 7 });
    expect(counts.find((count) => count.class === 'DQL')).toEqual({ class: 'DQL', events: 7, lately: 7 });
  });
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
    const hour = (name: string, events: number, count: number) => ({
      name,
      events,
      objects: count,
      folders: [],
      hidden: 0,
    });

    expect(buildTree(objects)).toEqual([
      {
        name: 'class=DCL',
        events: 6,
        objects: 1,
        hidden: 0,
        folders: [
          {
            name: 'source=cluster-A',
            events: 6,
            objects: 1,
            hidden: 0,
            folders: [hour('dt=2026-03-01/hour=12', 6, 1)],
          },
        ],
      },
      {
        name: 'class=DDL',
        events: 14,
        objects: 4,
        hidden: 0,
        folders: [
          {
            name: 'source=cluster-A',
            events: 12,
            objects: 3,
            hidden: 0,
            folders: [hour('dt=2026-03-01/hour=11', 5, 1), hour('dt=2026-03-01/hour=12', 7, 2)],
          },
          { name: 'source=db-B', events: 2, objects: 1, hidden: 0, folders: [hour('dt=2026-03-01/hour=12', 2, 1)] },
        ],
      },
    ]);
  });

  it('shows the last 24 hours of a source, and counts the others', () => {
    const hours = Array.from({ length: 30 }, (_, number) => {
      return new Date(NOW + number * 3_600_000).toISOString().slice(0, 13);
    });

    const [folder] = buildTree(hours.map((hour) => object({ hour })))[0]?.folders ?? [];

    expect(folder?.events).toBe(30);
    expect(folder?.hidden).toBe(6);
    expect(folder?.folders.map(({ name }) => name)).toEqual(
      hours.slice(6).map((hour) => `dt=${hour.replace('T', '/hour=')}`),
    );
  });
});

describe('the last events', () => {
  it('are ten at most, the newest first whatever the order in which they were found, without what is not shown', () => {
    const events = Array.from({ length: 30 }, (_, number) =>
      event(`id-${number}`, new Date(NOW + number * 1000).toISOString()),
    );

    const latest = keepLatest(events.toSorted((one, other) => (one.eventId < other.eventId ? -1 : 1)));

    expect(latest.map(({ eventId }) => eventId)).toEqual(Array.from({ length: 10 }, (_, back) => `id-${29 - back}`));
    expect(Object.keys(latest[0] ?? {})).not.toContain('more');
  });

  it('hold no text longer than a line', () => {
    const [latest] = keepLatest([event('id', '2026-03-01T12:00:00.000Z')]);

    expect(latest?.objectName).toBe(`${'x'.repeat(120)}…`);
    expect(latest?.user).toBe('alice');
    expect(shorten(null)).toBeNull();
  });
});
