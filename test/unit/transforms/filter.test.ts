import { expect, it } from 'vitest';
import { ACTIVITY_CLASSES, type Activity } from '../../../src/activity.ts';
import { filter } from '../../../src/transforms/filter.ts';
import { createActivity, createConfig } from '../../support/activity.ts';

const DROP_ALL = JSON.stringify([{ name: 'all', pattern: { eventId: [{ exists: true }] } }]);

const ARCHIVED = { archived: true, published: false, droppedBy: null };
const PUBLISHED = { archived: false, published: true, droppedBy: null };
const BOTH = { ...ARCHIVED, published: true };
const DROPPED = { archived: false, published: false, droppedBy: 'class' };

it.each<[string, string, Partial<Activity>, object]>([
  ['*', '*', { class: 'DDL' }, BOTH],
  ['DDL,DML', 'DML', { class: 'DDL' }, ARCHIVED],
  ['*', '', { class: 'DDL' }, ARCHIVED],
  ['DML', 'DDL', { class: 'DDL' }, PUBLISHED],
  ['DML', 'DML', { class: 'DDL' }, DROPPED],
  ['*', '*', { class: 'UNKNOWN' }, BOTH],
  ['DML', '', { class: 'UNKNOWN' }, ARCHIVED],
  ['DML', 'UNKNOWN', { class: 'UNKNOWN' }, BOTH],
  ['DDL', 'DDL', { auxiliary: true }, ARCHIVED],
  ['DML', 'DDL', { auxiliary: true }, DROPPED],
])('with ARCHIVE_CLASSES=%s and PUBLISH_CLASSES=%s an event of %j goes where its class does: %j', (...row) => {
  const [ARCHIVE_CLASSES, PUBLISH_CLASSES, activity, expected] = row;

  expect(filter(createActivity(activity), createConfig({ ARCHIVE_CLASSES, PUBLISH_CLASSES }))).toEqual(expected);
});

it.each([
  ['DDL', BOTH],
  ['DML', ARCHIVED],
])('with PUBLISH_AUXILIARY an auxiliary event is published by its class: PUBLISH_CLASSES=%s', (classes, expected) => {
  const config = createConfig({ PUBLISH_AUXILIARY: 'true', PUBLISH_CLASSES: classes });

  expect(filter(createActivity({ auxiliary: true }), config)).toEqual(expected);
});

it('drop rules come before the classes, and the first that matches gives its name', () => {
  const DROP_RULES = JSON.stringify([
    { name: 'other', pattern: { user: ['other'] } },
    { name: 'first', pattern: { user: ['compass'] } },
    { name: 'second', pattern: { class: ['DDL'] } },
  ]);

  expect(filter(createActivity(), createConfig({ DROP_RULES })).droppedBy).toBe('first');
});

it.each(ACTIVITY_CLASSES.filter((name) => name !== 'UNKNOWN'))('a drop rule may match class %s', (name) => {
  const destination = filter(createActivity({ class: name }), createConfig({ DROP_RULES: DROP_ALL }));

  expect(destination).toEqual({ archived: false, published: false, droppedBy: 'all' });
});

it.each<[string, Record<string, string>, Partial<Activity>]>([
  ['a rule that matches everything', { DROP_RULES: DROP_ALL }, {}],
  ['a rule for the class itself', { DROP_RULES: '[{"name":"u","pattern":{"class":["UNKNOWN"]}}]' }, {}],
  ['the default rules', {}, { user: 'rdsadmin' }],
  ['classes without it', { ARCHIVE_CLASSES: 'DDL', PUBLISH_CLASSES: '' }, {}],
  ['an auxiliary event', { ARCHIVE_CLASSES: 'DDL', PUBLISH_CLASSES: '*' }, { auxiliary: true }],
])('what is not understood is never dropped and always archived: %s', (_, environment, overrides) => {
  const activity = createActivity({ class: 'UNKNOWN', statementClass: 'UNKNOWN', ...overrides });

  expect(filter(activity, createConfig(environment))).toMatchObject({ archived: true, droppedBy: null });
});
