import { expect, it } from 'vitest';
import { classify, isHeartbeat } from '../../../src/transforms/classify.ts';
import { parse } from '../../../src/transforms/parse.ts';
import { CLUSTER, createActivity, createOrigin, readFixture } from '../../support/activity.ts';

it('an event takes its flat fields from the database and its place from Kinesis: a documented sample', () => {
  const { events, instanceId } = parse(Buffer.from(readFixture('aurora-postgresql-3')), CLUSTER);
  const origin = createOrigin({ sequenceNumber: '42' });

  const event = events[0] && classify(events[0], 7, instanceId, origin);

  expect(event).toEqual({
    origin,
    activity: createActivity({
      eventId: `${CLUSTER}/shardId-000000000003/42/7`,
      class: 'DQL',
      statementClass: 'DQL',
      action: 'SELECT',
      time: '2019-05-24T00:39:49.940668Z',
      sequenceNumber: '42',
      index: 7,
      user: 'rdsadmin',
      database: 'postgres',
      sessionId: '5ce73c6f.7e64',
      objectType: 'TABLE',
      objectName: 'public.my_table',
      rowCount: 10,
    }),
    record: events[0]?.json,
    statement: { text: 'select * from my_table;', dialect: 'postgresql' },
    clientApplication: 'psql',
    errorMessage: null,
  });
});

const NOTHING = { user: null, sessionId: null, rowCount: null, time: null };

it.each<[object, object]>([
  [{}, NOTHING],
  [{ dbUserName: 5, sessionId: {}, rowCount: '10', logTime: 5 }, NOTHING],
  [{ dbUserName: null, sessionId: null, rowCount: null, logTime: null }, NOTHING],
  [{ sessionId: 725_121 }, { sessionId: '725121' }],
])('a field of another type becomes null, or text where it is a number: %j', (fields, expected) => {
  const json = Buffer.from(JSON.stringify(fields));

  const { activity, record } = classify({ fields: { ...fields }, json }, 0, null, createOrigin());

  expect(activity).toMatchObject(expected);
  expect(record).toBe(json);
});

it.each<[object, boolean]>([
  [{ type: 'heartbeat' }, true],
  [JSON.parse(readFixture('aurora-postgresql-heartbeat-inferred')).databaseActivityEventList[0], true],
  [{ type: 'record' }, false],
  [{}, false],
  [{ type: 'HEARTBEAT' }, false],
  [{ type: ['heartbeat'] }, false],
  [{ command: 'heartbeat' }, false],
])('only an element of type heartbeat is a heartbeat: %j, %s', (fields, expected) => {
  expect(isHeartbeat({ fields: { ...fields }, json: Buffer.from('') })).toBe(expected);
});

const actionOf = (command: string) =>
  classify({ fields: { command }, json: Buffer.from('{}') }, 0, null, createOrigin()).activity.action;

it.each(['DATABASE ROLE MEMBER CHANGE GROUP', 'select', 'X_1/y-z'])(
  'the action is the verb in the event: %s',
  (verb) => {
    expect(actionOf(verb)).toBe(verb);
  },
);

it.each([
  ['punctuation', ["UPDATE users SET password='hunter2'", "GRANT 'x'", 'select a, b']],
  ['numbers', ['SELECT 4111111111111111', 'SET PIN 1234']],
  ['too many words or letters', ['a b c d e f', 'x'.repeat(41)]],
  ['white space', ['SELECT\n1', ' SELECT', 'SELECT ', '']],
])('the action is null where it could be a statement with literals, for its %s: %j', (_, texts) => {
  expect(texts.map(actionOf)).toEqual(texts.map(() => null));
});
