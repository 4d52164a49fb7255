import { describe, expect, it } from 'vitest';
import { ACTIVITY_CLASSES, type ActivityClass } from '../../../src/activity.ts';
import { keyOfConflict, layOut, writeLines } from '../../../src/sinks/archive-layout.ts';
import { CLUSTER, contentOf, createEvent, createOrigin, layOutEvents } from '../../support/activity.ts';

const FIRST = createOrigin({ sequenceNumber: '41' });
const LAST = createOrigin({ sequenceNumber: '45' });
const NAME = `shardId-000000000003-${'0'.repeat(54)}41-${'0'.repeat(54)}45.ndjson.gz`;

function linesOf(content: string): readonly string[] {
  expect(content.endsWith('\n')).toBe(true);
  return content.slice(0, -1).split('\n');
}

describe('a key names the class, the source, the hour of arrival and the chunk', () => {
  it('the shape of the contract', () => {
    const event = createEvent({ origin: { sequenceNumber: '43' } });

    const [group] = layOutEvents([event], FIRST, LAST, 'activity');

    expect(group?.key).toBe(`activity/class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=12/${NAME}`);
  });

  it.each(ACTIVITY_CLASSES)('class %s', (activityClass) => {
    const [group] = layOutEvents([createEvent({ activity: { class: activityClass } })], FIRST, LAST, 'activity');

    expect(group?.key).toContain(`/class=${activityClass}/`);
  });

  it.each([
    ['2026-03-01T12:59:59.999Z', 'dt=2026-03-01/hour=12/'],
    ['2026-03-01T13:00:00.000Z', 'dt=2026-03-01/hour=13/'],
    ['2026-12-31T23:59:59.999Z', 'dt=2026-12-31/hour=23/'],
    ['2027-01-01T00:00:00.000Z', 'dt=2027-01-01/hour=00/'],
  ])('day and hour are those of the arrival at %s, not of the event', (arrivalTime, expected) => {
    const event = createEvent({ origin: { arrivalTime }, activity: { time: '1999-09-09T09:09:09.000000Z' } });

    const [group] = layOutEvents([event], FIRST, LAST, 'activity');

    expect(group?.key).toContain(`/${expected}`);
  });

  it.each([
    ['0', '0'.repeat(56)],
    ['9', `${'0'.repeat(55)}9`],
    ['9'.repeat(56), '9'.repeat(56)],
    [
      '49626413659317686709982053639165744720614222513206984834',
      '49626413659317686709982053639165744720614222513206984834',
    ],
  ])('sequence number %s is padded to 56 digits', (sequenceNumber, padded) => {
    const origin = createOrigin({ sequenceNumber });

    const [group] = layOutEvents([createEvent({ origin: { sequenceNumber } })], origin, origin, 'activity');

    expect(group?.key.split('/').at(-1)).toBe(`shardId-000000000003-${padded}-${padded}.ndjson.gz`);
  });

  it('both sequence numbers are those of the chunk in every object', () => {
    const events = (['DDL', 'DML'] as const).map((activityClass, at) =>
      createEvent({ activity: { class: activityClass }, origin: { sequenceNumber: String(42 + at) } }),
    );

    const groups = layOutEvents(events, FIRST, LAST, 'activity');

    expect(groups.map(({ key }) => key.split('/').at(-1))).toEqual([NAME, NAME]);
  });

  it('a prefix may have several parts', () => {
    const [group] = layOutEvents([createEvent()], FIRST, LAST, 'audit/das');

    expect(group?.key).toMatch(/^audit\/das\/class=DDL\//);
  });

  it('nothing of the content of an event but its class is in the key', () => {
    const hostile = '../canary';
    const activity = { user: hostile, database: hostile, objectName: hostile, instanceId: hostile, action: hostile };

    const [group] = layOutEvents(
      [createEvent({ activity, record: Buffer.from('{"a":"canary"}') })],
      FIRST,
      LAST,
      'activity',
    );

    expect(group?.key).not.toContain('canary');
  });
});

describe('an object holds the events of one class and one hour', () => {
  it('events of several classes and hours are told apart, and none is lost', () => {
    const rows: readonly [ActivityClass, string][] = [
      ['DDL', '2026-03-01T12:59:59.999Z'],
      ['DML', '2026-03-01T12:59:59.999Z'],
      ['DDL', '2026-03-01T12:59:59.999Z'],
      ['DDL', '2026-03-01T13:00:00.000Z'],
    ];
    const events = rows.map(([activityClass, arrivalTime], at) =>
      createEvent({ activity: { class: activityClass }, origin: { arrivalTime, sequenceNumber: String(41 + at) } }),
    );

    const groups = layOutEvents(events, FIRST, LAST, 'activity');

    const numbers = groups.map((group) => linesOf(contentOf(group)).map((line) => JSON.parse(line).sequenceNumber));
    expect(numbers).toEqual([['41', '43'], ['42'], ['44']]);
    expect(new Set(groups.map(({ key }) => key)).size).toBe(3);
  });

  it('no events, no object', () => {
    expect(layOutEvents([], FIRST, LAST, 'activity')).toEqual([]);
    expect(layOut([{ origin: FIRST, lines: writeLines([]) }], FIRST, LAST, 'activity')).toEqual([]);
  });

  it('of the events of one record too, in their order', () => {
    const classes: readonly ActivityClass[] = ['DQL', 'DDL', 'DQL'];
    const events = classes.map((activityClass, index) => createEvent({ activity: { class: activityClass, index } }));

    const groups = layOut([{ origin: FIRST, lines: writeLines(events) }], FIRST, LAST, 'activity');

    const places = groups.map((group) => linesOf(contentOf(group)).map((line) => JSON.parse(line).index));
    expect(places).toEqual([[0, 2], [1]]);
  });

  it('the lines are ordered by sequence number and index, as numbers', () => {
    const places: readonly [string, number][] = [
      ['9', 2],
      ['9', 10],
      ['10', 0],
      ['11', 1],
    ];
    const events = places.map(([sequenceNumber, index]) =>
      createEvent({ origin: { sequenceNumber }, activity: { index } }),
    );

    const [group] = layOutEvents(events, FIRST, LAST, 'activity');

    const lines = linesOf(contentOf(group)).map((line) => JSON.parse(line));
    expect(lines.map(({ sequenceNumber, index }) => [sequenceNumber, index])).toEqual(places);
  });

  it('the same events give the same keys and content', () => {
    const events = [createEvent(), createEvent({ activity: { class: 'DML' } })];

    const [once, again] = [1, 2].map(() =>
      layOutEvents(
        events.map((event) => ({ ...event })),
        FIRST,
        LAST,
        'activity',
      ),
    );

    expect(again).toEqual(once);
  });
});

describe('a line has the fields of the contract', () => {
  it('all of them, and no others', () => {
    const event = createEvent({ origin: { sequenceNumber: '42' }, activity: { index: 7, errorCode: null } });

    const [group] = layOutEvents([event], FIRST, LAST, 'activity');

    expect(JSON.parse(contentOf(group))).toEqual({
      eventId: `${CLUSTER}/shardId-000000000003/42/7`,
      class: 'DDL',
      statementClass: 'DDL',
      action: 'CREATE INDEX',
      outcome: 'SUCCESS',
      auxiliary: false,
      engine: 'aurora-postgresql',
      resourceId: CLUSTER,
      instanceId: 'db-FZJTMYKCXQBUUZ6VLU7NW3ITCM',
      time: '2026-03-01T12:59:58.267214Z',
      arrivalTime: '2026-03-01T12:59:59.500Z',
      shardId: 'shardId-000000000003',
      sequenceNumber: '42',
      index: 7,
      user: 'compass',
      database: 'payroll',
      remoteHost: '172.31.3.195',
      sessionId: '60b98a86.4f64',
      objectType: 'INDEX',
      objectName: 'public.scale_slow',
      rowCount: 0,
      errorCode: null,
      record: { type: 'record', paramList: ['bind-value'] },
    });
  });

  it.each([
    '{"rowCount":9007199254740993}',
    '{"rowCount":1.0,"x":1e400,"y":-0}',
    '{"command":"a","command":"b"}',
    '{ "spaced" : [ ] }',
    '{"__proto__":{"a":1}}',
    '{"commandText":"a\\nb\\ud800\\u2028\u2028"}',
    '{"commandText":"$& $1 \\\\"}',
    '{}',
  ])('the record stands verbatim: %s', (record) => {
    const [group] = layOutEvents([createEvent({ record: Buffer.from(record) })], FIRST, LAST, 'activity');

    const lines = linesOf(contentOf(group));
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith(`,"record":${record}}`)).toBe(true);
    expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });

  it('line breaks, quotes and lone surrogates in flat fields stay in the line', () => {
    const user = 'a\n"b"\\ \ud800 😀';

    const [group] = layOutEvents([createEvent({ activity: { user } })], FIRST, LAST, 'activity');

    const lines = linesOf(contentOf(group));
    expect(lines.map((line) => JSON.parse(line).user)).toEqual([user]);
  });
});

describe('other content goes beside the key', () => {
  it('the first 8 hex digits of its SHA-256 stand before the ending', () => {
    const key = 'activity/class=DDL/a.ndjson.gz.d/shardId-1-2.ndjson.gz';

    expect(keyOfConflict(key, '0123456789abcdef'.repeat(4))).toBe(
      'activity/class=DDL/a.ndjson.gz.d/shardId-1-2~01234567.ndjson.gz',
    );
  });
});
