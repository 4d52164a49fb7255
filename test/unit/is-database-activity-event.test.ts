import { expect, it } from 'vitest';
import { ACTIVITY_CLASSES } from '../../src/activity.ts';
import { isDatabaseActivityEvent } from '../../src/is-database-activity-event.ts';

const EVENT = {
  'detail-type': 'Database Activity DDL',
  source: 'das-router',
  detail: { metadata: { schemaVersion: '1.0', eventId: 'cluster-A/shardId-0/1/0' }, data: { class: 'DDL' } },
};
const withDetail = (detail: object) => ({ ...EVENT, detail: { ...EVENT.detail, ...detail } });
const withMetadata = (metadata: object) => withDetail({ metadata: { ...EVENT.detail.metadata, ...metadata } });

it.each(ACTIVITY_CLASSES)('an event of class %s is a database activity', (name) => {
  const event = { ...withDetail({ data: { class: name } }), 'detail-type': `Database Activity ${name}` };

  expect(isDatabaseActivityEvent(event)).toBe(true);
});

it.each<[string, unknown]>([
  ['another source', { ...EVENT, source: 'audit' }],
  ['a later schema of version 1', withMetadata({ schemaVersion: '1.7' })],
  ['unknown fields', { ...EVENT, more: 1 }],
])('an event with %s is one too', (_, event) => {
  expect(isDatabaseActivityEvent(event)).toBe(true);
});

it.each<[string, readonly unknown[]]>([
  ['no event', [undefined, null, 'Database Activity DDL', [EVENT], EVENT.detail]],
  ['the announcement of a quarantined record', [{ ...EVENT, 'detail-type': 'Database Activity Record Quarantined' }]],
  ['an event of another class than its detail', [{ ...EVENT, 'detail-type': 'Database Activity DML' }]],
  ['an event of an unknown class', [{ ...withDetail({ data: { class: 'X' } }), 'detail-type': 'Database Activity X' }]],
  ['an event without a class', [{ data: {} }, { data: null }].map(withDetail)],
  ['an event without a detail or metadata', [{ ...EVENT, detail: 'DDL' }, withDetail({ metadata: undefined })]],
  ['an event without an id', [withMetadata({ eventId: 7 })]],
  ['an event of another schema', ['2.0', '10.0', 1.5].map((schemaVersion) => withMetadata({ schemaVersion }))],
])('%s is no database activity', (_, values) => {
  expect(values.filter(isDatabaseActivityEvent)).toEqual([]);
});
