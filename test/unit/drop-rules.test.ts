import { expect, it } from 'vitest';
import { ACTIVITY_CLASSES, type Activity } from '../../src/activity.ts';
import { DEFAULT_DROP_RULES, readDropRules } from '../../src/drop-rules.ts';
import { createActivity, errorOf } from '../support/activity.ts';

function dropping(rules: string, activity: Partial<Activity>): string | undefined {
  return readDropRules(rules).find(({ matches }) => matches(createActivity(activity)))?.name;
}

function messageFor(rules: unknown): string {
  return errorOf(() => readDropRules(JSON.stringify(rules))).message;
}

it.each<[Activity['engine'], readonly string[], readonly (string | null)[]]>([
  [
    'aurora-postgresql',
    ['rdsadmin', 'RDSADMIN'],
    ['rdssec', 'rdsproxyadmin', 'rdsadmin2', 'my_rdsadmin', 'rds admin', 'rds_superuser', 'admin', '', null],
  ],
  ['aurora-mysql', ['rdsadmin', 'RdsProxyAdmin'], ['rdssec']],
  ['oracle', ['RDSADMIN', 'rdssec'], ['rdsproxyadmin']],
  ['sqlserver', ['RdsSec'], ['rdsadmin']],
  ['unknown', [], ['rdsadmin']],
])(
  'the default rules: %s: drop what %j do, but no refused login, and keep what %j do',
  (engine, serviceUsers, others) => {
    for (const user of serviceUsers) {
      const dropped = ACTIVITY_CLASSES.filter((name) => dropping(DEFAULT_DROP_RULES, { engine, user, class: name }));
      // Of a refused login the user is only what the client claims.
      expect(dropped).toEqual(ACTIVITY_CLASSES.filter((name) => name !== 'AUTH_FAILURE'));
    }
    expect(others.filter((user) => dropping(DEFAULT_DROP_RULES, { engine, user }))).toEqual([]);
  },
);

it.each<[string, unknown, Partial<Activity>, boolean]>([
  ['all fields', { user: ['backup'], class: ['DQL'] }, { user: 'backup', class: 'DQL' }, true],
  ['all fields, one not', { user: ['backup'], class: ['DQL'] }, { user: 'backup', class: 'DDL' }, false],
  ['a number', { rowCount: [{ numeric: ['<', 5] }] }, { rowCount: 4 }, true],
  ['a boolean', { auxiliary: [true] }, { auxiliary: true }, true],
  ['null', { objectType: [null] }, { objectType: null }, true],
  ['$or, first', { $or: [{ user: ['a'] }, { database: ['b'] }] }, { user: 'a' }, true],
  ['$or, second', { $or: [{ user: ['a'] }, { database: ['b'] }] }, { database: 'b' }, true],
  ['$or, none', { $or: [{ user: ['a'] }, { database: ['b'] }] }, { user: 'c', database: 'c' }, false],
])('rules match like EventBridge patterns over the archive line: %s', (_, pattern, activity, expected) => {
  expect(dropping(JSON.stringify([{ name: 'rule', pattern }]), activity)).toBe(expected ? 'rule' : undefined);
});

it.each(Object.keys(createActivity()))('a rule may match on %s', (field) => {
  const rules = JSON.stringify([{ name: 'rule', pattern: { [field]: [{ exists: true }] } }]);

  expect(dropping(rules, {})).toBe('rule');
});

it.each(['', '[canary', '{"name":"canary","pattern":{"user":["x"]}}', 'null', '5', '"[canary]"'])(
  'a text that is no JSON list of rules is refused, and not quoted: %s',
  (text) => {
    const { message } = errorOf(() => readDropRules(text));

    expect(message).toMatch(/JSON list/);
    expect(message).not.toContain('canary');
  },
);

const pattern = { user: ['x'] };

it.each<[RegExp, readonly unknown[]]>([
  [/rule 0: name/, [{ pattern }, { name: '', pattern }, { name: 5, pattern }]],
  [/rule 0: name/, ['a b', 'a\n', 'a'.repeat(65)].map((name) => ({ name, pattern }))],
  [/rule 0/, [null, 'user', []]],
  [/rule "class": .*reserved/, [{ name: 'class', pattern }]],
  [/rule "a": patern/, [{ name: 'a', pattern, patern: pattern }]],
  [/rule "a": pattern/, [{ name: 'a' }, { name: 'a', pattern: ['user'] }, { name: 'a', pattern: {} }]],
  [/rule "a": pattern at user: /, ['x', []].map((user) => ({ name: 'a', pattern: { user } }))],
  [/rule "a": pattern at user\[0\]/, [{ name: 'a', pattern: { user: [{ like: 'x' }] } }]],
  [/rule "a": .*rowCount\[1\]/, [{ name: 'a', pattern: { rowCount: [1, { numeric: ['<', 'x'] }] } }]],
])('a bad rule fails with %s: %j', (expected, rules) => {
  for (const rule of rules) expect(messageFor([rule])).toMatch(expected);
});

it('one error lists every bad rule, and rules of the same name', () => {
  const message = messageFor([
    { name: 'class', pattern },
    { name: 'fine', pattern },
    { name: 'second', pattern: { user: [] } },
    { pattern },
    { name: 'twice', pattern },
    { name: 'twice', pattern: { user: ['y'] } },
  ]);

  for (const bad of ['"class"', '"second"', 'rule 3', /rule "twice": .*same name/]) expect(message).toMatch(bad);
  expect(message).not.toContain('fine');
});

const DECLARED = ['clientApplication', 'commandText', 'statement', 'errorMessage', 'record'];
const UNKNOWN = ['dbUserName', 'User', 'metadata', 'detail', 'user.name', 'constructor', '__proto__', 'toString'];

it.each<[string, string, (field: string) => unknown]>([
  ['at the top', '', (field) => ({ [field]: ['x'] })],
  ['as the absence of it', '', (field) => ({ user: ['backup'], [field]: [{ exists: false }] })],
  ['below it', '', (field) => ({ [field]: { text: ['x'] } })],
  ['inside $or', '$or[1].', (field) => ({ $or: [{ user: ['backup'] }, { [field]: ['x'] }] })],
  ['inside $or twice', '$or[0].$or[1].', (field) => ({ $or: [{ $or: [{ user: ['b'] }, { [field]: ['x'] }] }] })],
])('a rule may not match on what the client declares, or the archive line does not have: %s', (_, path, place) => {
  const messageOf = (field: string) => messageFor([{ name: 'hide', pattern: place(field) }]);
  const start = `rule "hide": pattern at ${path}`;

  for (const field of DECLARED) expect(messageOf(field)).toContain(`${start}${field}: the client`);
  for (const field of UNKNOWN) expect(messageOf(field)).toContain(`${start}${field}: not a field`);
});

it.each([{ name: ['x'] }, { prefix: ['rds'] }, { $or: [{ a: ['x'] }, { b: ['x'] }] }])(
  'a rule may not match on a field below one of the archive line, which is flat: %j',
  (user) => {
    expect(messageFor([{ name: 'rule', pattern: { user } }])).toMatch(/rule "rule": pattern at user/);
  },
);
