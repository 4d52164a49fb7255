import { expect, it } from 'vitest';
import type { ActivityClass, RecordedEvent } from '../../../src/activity.ts';
import { keyOfConflict, layOut, padSequenceNumber, writeLines } from '../../../src/sinks/archive-layout.ts';
import { CLUSTER, contentOf, createEvent, createOrigin, layOutEvents } from '../../support/activity.ts';

const FIRST = createOrigin({ sequenceNumber: '41' });
const LAST = createOrigin({ sequenceNumber: '45' });
const NAME = `shardId-000000000003-${'0'.repeat(54)}41-${'0'.repeat(54)}45.ndjson.gz`;

function keyOf(event: RecordedEvent): string | undefined {
  return layOutEvents([event], FIRST, LAST, 'audit/das')[0]?.key;
}

/** The lines of each object that the events give; each line ends with a line break. */
function linesOf(events: readonly RecordedEvent[]) {
  return layOutEvents(events, FIRST, LAST, 'activity').map((group) => contentOf(group).split(/(?<=\n)/));
}

it.each([
  ['2026-03-01T12:59:59.999Z', 'dt=2026-03-01/hour=12'],
  ['2026-12-31T23:59:59.999Z', 'dt=2026-12-31/hour=23'],
  ['2027-01-01T00:00:00.000Z', 'dt=2027-01-01/hour=00'],
])('a key has the prefix, class, source, the hour of the arrival at %s, and the chunk', (arrivalTime, hour) => {
  const event = createEvent({ origin: { arrivalTime }, activity: { time: '1999-09-09T09:09:09.000000Z' } });

  expect(keyOf(event)).toBe(`audit/das/class=DDL/source=${CLUSTER}/${hour}/${NAME}`);
});

it('a key has a sequence number of 56 digits as it is', () => {
  expect(padSequenceNumber('9'.repeat(56))).toBe('9'.repeat(56));
});

it('a key has nothing of the content of an event but its class', () => {
  const hostile = '../canary';
  const activity = { user: hostile, database: hostile, objectName: hostile, instanceId: hostile, action: hostile };

  expect(keyOf(createEvent({ activity, record: Buffer.from('{"a":"canary"}') }))).not.toContain('canary');
});

it('a key of other content has the first 8 hex digits of its SHA-256 before the ending', () => {
  const key = 'activity/class=DDL/a.ndjson.gz.d/shardId-1-2.ndjson.gz';

  expect(keyOfConflict(key, '0123456789abcdef'.repeat(4))).toBe(
    'activity/class=DDL/a.ndjson.gz.d/shardId-1-2~01234567.ndjson.gz',
  );
});

it('an object holds the events of one class and hour: none is lost, and each key names the chunk', () => {
  const rows: readonly [ActivityClass, string][] = [
    ['DDL', '2026-03-01T12:59:59.999Z'],
    ['DML', '2026-03-01T12:59:59.999Z'],
    ['DDL', '2026-03-01T12:59:59.999Z'],
    ['DDL', '2026-03-01T13:00:00.000Z'],
  ];
  const events = rows.map(([name, arrivalTime], at) =>
    createEvent({ activity: { class: name }, origin: { arrivalTime, sequenceNumber: String(9 + at) } }),
  );

  expect(linesOf(events).map((lines) => lines.map((line) => JSON.parse(line).sequenceNumber))).toEqual([
    // By number: as text, 11 is before 9.
    ['9', '11'],
    ['10'],
    ['12'],
  ]);
  expect(layOutEvents(events, FIRST, LAST, 'activity').map(({ key }) => key)).toEqual([
    `activity/class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=12/${NAME}`,
    `activity/class=DML/source=${CLUSTER}/dt=2026-03-01/hour=12/${NAME}`,
    `activity/class=DDL/source=${CLUSTER}/dt=2026-03-01/hour=13/${NAME}`,
  ]);
});

it('no events, no object', () => {
  expect(layOutEvents([], FIRST, LAST, 'activity')).toEqual([]);
  expect(layOut([{ origin: FIRST, lines: writeLines([]) }], FIRST, LAST, 'activity')).toEqual([]);
});

it('an object holds the events of one class of a record too, in their order', () => {
  const classes: readonly ActivityClass[] = ['DQL', 'DDL', 'DQL'];
  const events = classes.map((name, index) => createEvent({ activity: { class: name, index } }));

  const groups = layOut([{ origin: FIRST, lines: writeLines(events) }], FIRST, LAST, 'activity');

  expect(groups.map((group) => contentOf(group).match(/(?<="index":)\d/g))).toEqual([['0', '2'], ['1']]);
});

it('a line has the fields of the event and its record, and no others', () => {
  const event = createEvent({ origin: { sequenceNumber: '42' }, activity: { index: 7 } });

  const fields = { ...event.activity, record: JSON.parse(String(event.record)) };
  expect(linesOf([event]).map((lines) => lines.map((line) => JSON.parse(line)))).toEqual([[fields]]);
});

it.each([
  '{"a":9007199254740993,"b":1.0,"b":1e400,"c":-0,"__proto__":{"a":1}}',
  '{"commandText":"a\\nb\\ud800\\u2028\u2028$& $1 \\\\"}',
  '{ "spaced" : [ ] }',
  '{}',
])('a line has the record verbatim: %s', (record) => {
  const [lines = []] = linesOf([createEvent({ record: Buffer.from(record) })]);

  expect(lines.map((line) => line.endsWith(`,"record":${record}}\n`))).toEqual([true]);
});

it('a line stays one line with line breaks, quotes and lone surrogates in its fields', () => {
  const user = 'a\n"b"\\ \ud800 😀';

  const [lines = []] = linesOf([createEvent({ activity: { user } })]);

  expect(lines.map((line) => JSON.parse(line).user)).toEqual([user]);
});
