import { describe, expect, it } from 'vitest';
import type { Activity } from '../../src/activity.ts';
import { DEFAULT_DROP_RULES, readDropRules } from '../../src/drop-rules.ts';
import { createActivity, errorOf } from '../support/activity.ts';

/** The flat fields of the archive line, section 4 of the contract. */
const FIELDS = [
  'eventId',
  'class',
  'statementClass',
  'action',
  'outcome',
  'auxiliary',
  'engine',
  'resourceId',
  'instanceId',
  'time',
  'arrivalTime',
  'shardId',
  'sequenceNumber',
  'index',
  'user',
  'database',
  'remoteHost',
  'sessionId',
  'objectType',
  'objectName',
  'rowCount',
  'errorCode',
];

const DECLARED_BY_CLIENT = ['clientApplication', 'commandText', 'statement', 'errorMessage', 'record'];

function dropping(rules: string, activity: Partial<Activity>): string | undefined {
  return readDropRules(rules).find(({ matches }) => matches(createActivity(activity)))?.name;
}

function messageFor(rules: unknown): string {
  return errorOf(() => readDropRules(JSON.stringify(rules))).message;
}

describe('the default rules drop what the service users of an engine do, in any letter case', () => {
  it.each<[Activity['engine'], string]>([
    ['aurora-postgresql', 'rdsadmin'],
    ['aurora-postgresql', 'RDSADMIN'],
    ['aurora-mysql', 'rdsadmin'],
    ['aurora-mysql', 'RdsProxyAdmin'],
    ['oracle', 'RDSADMIN'],
    ['oracle', 'rdssec'],
    ['sqlserver', 'RdsSec'],
  ])('%s: %s', (engine, user) => {
    const names = (['DQL', 'DDL', 'CONNECT', 'ERROR', 'DCL'] as const).map((activityClass) =>
      dropping(DEFAULT_DROP_RULES, { engine, user, class: activityClass }),
    );

    expect(names).toEqual(Array(5).fill('service-users'));
  });
});

describe('the default rules keep a refused login, where the user is only what the client claims', () => {
  it.each<[Activity['engine'], string]>([
    ['aurora-postgresql', 'RDSADMIN'],
    ['aurora-mysql', 'rdsproxyadmin'],
    ['oracle', 'RDSSEC'],
    ['sqlserver', 'RdsSec'],
  ])('%s: %s', (engine, user) => {
    const refused = { engine, user, class: 'AUTH_FAILURE', statementClass: null } as const;

    expect(dropping(DEFAULT_DROP_RULES, refused)).toBeUndefined();
  });
});

describe("the default rules keep who only bears the name of another engine's service user", () => {
  it.each<[Activity['engine'], string]>([
    ['aurora-postgresql', 'rdssec'],
    ['aurora-postgresql', 'rdsproxyadmin'],
    ['aurora-mysql', 'rdssec'],
    ['sqlserver', 'rdsadmin'],
    ['unknown', 'rdsadmin'],
  ])('%s: %s', (engine, user) => {
    expect(dropping(DEFAULT_DROP_RULES, { engine, user })).toBeUndefined();
  });
});

describe('the default rules keep what other users do', () => {
  it.each([['rdsadmin2'], ['my_rdsadmin'], ['rds admin'], ['rds_superuser'], ['admin'], [''], [null]])('%j', (user) => {
    expect(dropping(DEFAULT_DROP_RULES, { user })).toBeUndefined();
  });
});

describe('rules match like EventBridge patterns over the archive line', () => {
  it.each<[string, unknown, Partial<Activity>, boolean]>([
    ['a literal', { user: ['backup'] }, { user: 'backup' }, true],
    ['another literal', { user: ['backup'] }, { user: 'alice' }, false],
    ['all fields', { user: ['backup'], class: ['DQL'] }, { user: 'backup', class: 'DQL' }, true],
    ['all fields, one not', { user: ['backup'], class: ['DQL'] }, { user: 'backup', class: 'DDL' }, false],
    ['a prefix', { objectName: [{ prefix: 'tmp.' }] }, { objectName: 'tmp.x' }, true],
    ['an address', { remoteHost: [{ cidr: '10.0.0.0/8' }] }, { remoteHost: '10.9.8.7' }, true],
    ['a number', { rowCount: [{ numeric: ['<', 5] }] }, { rowCount: 4 }, true],
    ['a boolean', { auxiliary: [true] }, { auxiliary: true }, true],
    ['null', { objectType: [null] }, { objectType: null }, true],
    ['$or, first', { $or: [{ user: ['a'] }, { database: ['b'] }] }, { user: 'a' }, true],
    ['$or, second', { $or: [{ user: ['a'] }, { database: ['b'] }] }, { database: 'b' }, true],
    ['$or, none', { $or: [{ user: ['a'] }, { database: ['b'] }] }, { user: 'c', database: 'c' }, false],
  ])('%s', (_, pattern, activity, expected) => {
    const rules = JSON.stringify([{ name: 'rule', pattern }]);

    expect(dropping(rules, activity) === 'rule').toBe(expected);
  });

  it.each(FIELDS)('a rule may match on %s', (field) => {
    const rules = JSON.stringify([{ name: 'rule', pattern: { [field]: [{ exists: true }] } }]);

    expect(dropping(rules, {})).toBe('rule');
  });
});

describe('what is no JSON list of rules is refused', () => {
  it.each(['', 'rules', '[', '{"name":"a","pattern":{"user":["x"]}}', 'null', '5', '"[]"'])('%s', (text) => {
    expect(() => readDropRules(text)).toThrow(/JSON list/);
  });

  it('the error does not quote text that is no JSON', () => {
    expect(errorOf(() => readDropRules('[canary')).message).not.toContain('canary');
  });
});

describe('a bad rule is refused', () => {
  const pattern = { user: ['x'] };

  it.each<[string, unknown, RegExp]>([
    ['no name', { pattern }, /rule 0: name/],
    ['an empty name', { name: '', pattern }, /rule 0: name/],
    ['a name that is no text', { name: 5, pattern }, /rule 0: name/],
    ['a name with a space', { name: 'a b', pattern }, /rule 0: name/],
    ['a name with a line break', { name: 'a\n', pattern }, /rule 0: name/],
    ['a long name', { name: 'a'.repeat(65), pattern }, /rule 0: name/],
    ['a reserved name', { name: 'class', pattern }, /rule "class": .*reserved/],
    ['a key that is not known', { name: 'a', pattern, patern: pattern }, /rule "a": patern/],
    ['no pattern', { name: 'a' }, /rule "a": pattern/],
    ['a pattern that is no object', { name: 'a', pattern: ['user'] }, /rule "a": pattern/],
    ['an empty pattern', { name: 'a', pattern: {} }, /rule "a": pattern/],
    ['a value outside a list', { name: 'a', pattern: { user: 'x' } }, /rule "a": pattern at user: /],
    ['an empty list', { name: 'a', pattern: { user: [] } }, /rule "a": pattern at user: /],
    ['an unknown operator', { name: 'a', pattern: { user: [{ like: 'x' }] } }, /rule "a": pattern at user\[0\]/],
    ['a bad operand', { name: 'a', pattern: { rowCount: [1, { numeric: ['<', 'x'] }] } }, /rule "a": .*rowCount\[1\]/],
    ['null', null, /rule 0/],
    ['a text', 'user', /rule 0/],
    ['a list', [], /rule 0/],
  ])('%s', (_, rule, expected) => {
    const message = messageFor([rule]);

    expect(message).toMatch(expected);
  });

  it('two rules with one name are refused', () => {
    const message = messageFor([
      { name: 'a', pattern },
      { name: 'b', pattern },
      { name: 'a', pattern: { user: ['y'] } },
    ]);

    expect(message).toMatch(/rule "a": .*same name/);
    expect(message).not.toContain('rule "b"');
  });

  it('one error names every bad rule', () => {
    const message = messageFor([
      { name: 'class', pattern },
      { name: 'fine', pattern },
      { name: 'second', pattern: { user: [] } },
      { pattern },
    ]);

    for (const bad of ['"class"', '"second"', 'rule 3']) expect(message).toContain(bad);
    expect(message).not.toContain('fine');
  });
});

describe('a rule may not match on what the client declares', () => {
  const places: readonly [string, string, (field: string) => unknown][] = [
    ['at the top', '', (field) => ({ [field]: ['x'] })],
    ['beside another field', '', (field) => ({ user: ['backup'], [field]: [{ prefix: 'x' }] })],
    ['as the absence of it', '', (field) => ({ user: ['backup'], [field]: [{ exists: false }] })],
    ['below it', '', (field) => ({ [field]: { text: ['x'] } })],
    ['inside $or', '$or[1].', (field) => ({ $or: [{ user: ['backup'] }, { [field]: ['x'] }] })],
    [
      'inside $or inside $or',
      '$or[1].$or[1].',
      (field) => ({ $or: [{ user: ['a'] }, { $or: [{ user: ['b'] }, { user: ['c'], [field]: ['x'] }] }] }),
    ],
  ];

  describe.each(places)('%s', (_, path, place) => {
    it.each(DECLARED_BY_CLIENT)('%s', (field) => {
      const message = messageFor([{ name: 'hide', pattern: place(field) }]);

      expect(message).toMatch(/rule "hide": .*client/);
      expect(message).toContain(`pattern at ${path}${field}: the client`);
    });
  });
});

describe('a rule may not match on a field that the archive line does not have', () => {
  it.each(['dbUserName', 'User', 'metadata', 'detail', 'user.name', 'constructor', '__proto__', 'toString'])(
    '%s',
    (field) => {
      const rules = [
        `[{"name":"rule","pattern":{${JSON.stringify(field)}:["x"]}}]`,
        `[{"name":"rule","pattern":{"$or":[{"user":["x"]},{${JSON.stringify(field)}:["x"]}]}}]`,
      ];

      for (const text of rules) expect(() => readDropRules(text)).toThrow(`${field}: not a field`);
      expect(() => readDropRules(rules[1] as string)).toThrow(`pattern at $or[1].${field}: not a field`);
    },
  );

  it.each([{ user: { name: ['x'] } }, { user: { prefix: ['rds'] } }, { user: { $or: [{ a: ['x'] }, { b: ['x'] }] } }])(
    'the fields are flat, so nothing lies below one: %j',
    (pattern) => {
      expect(messageFor([{ name: 'rule', pattern }])).toMatch(/rule "rule": pattern at user/);
    },
  );
});
