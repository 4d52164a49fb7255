import { describe, expect, it } from 'vitest';
import { ACTIVITY_CLASSES, type Activity, type ActivityClass } from '../../../src/activity.ts';
import { filter } from '../../../src/transforms/filter.ts';
import { createActivity, createConfig } from '../../support/activity.ts';

const DROP_ALL = JSON.stringify([{ name: 'all', pattern: { eventId: [{ exists: true }] } }]);

describe('an event goes where its class is configured to go', () => {
  const both = { archived: true, published: true, droppedBy: null };
  const archived = { archived: true, published: false, droppedBy: null };
  const published = { archived: false, published: true, droppedBy: null };
  const dropped = { archived: false, published: false, droppedBy: 'class' };

  it.each<[string, string, ActivityClass, object]>([
    ['*', '*', 'DDL', both],
    ['DDL', 'DDL', 'DDL', both],
    ['DDL,DML', 'DML', 'DDL', archived],
    ['*', '', 'DDL', archived],
    ['DML', 'DDL', 'DDL', published],
    ['DML', 'DML', 'DDL', dropped],
    ['DML', '', 'DDL', dropped],
    ['*', '*', 'UNKNOWN', both],
    ['DML', '', 'UNKNOWN', archived],
    ['DML', 'UNKNOWN', 'UNKNOWN', both],
    ['ERROR', 'AUTH_FAILURE', 'AUTH_FAILURE', published],
  ])('ARCHIVE_CLASSES=%s, PUBLISH_CLASSES=%s: %s', (ARCHIVE_CLASSES, PUBLISH_CLASSES, activityClass, expected) => {
    const config = createConfig({ ARCHIVE_CLASSES, PUBLISH_CLASSES });

    expect(filter(createActivity({ class: activityClass }), config)).toEqual(expected);
  });
});

it.each([
  [{}, { archived: true, published: false, droppedBy: null }],
  [{ PUBLISH_AUXILIARY: 'false' }, { archived: true, published: false, droppedBy: null }],
  [{ PUBLISH_AUXILIARY: 'true' }, { archived: true, published: true, droppedBy: null }],
  [
    { PUBLISH_AUXILIARY: 'true', PUBLISH_CLASSES: 'DML' },
    { archived: true, published: false, droppedBy: null },
  ],
  [
    { ARCHIVE_CLASSES: 'DML', PUBLISH_CLASSES: 'DDL' },
    { archived: false, published: false, droppedBy: 'class' },
  ],
])(
  'an auxiliary event is published only where that is configured, and archived either way: %j: %j',
  (environment, expected) => {
    expect(filter(createActivity({ auxiliary: true }), createConfig(environment))).toEqual(expected);
  },
);

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
