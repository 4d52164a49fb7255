import { describe, expect, it } from 'vitest';
import type { Activity } from '../../../src/activity.ts';
import { readRefusedLogin } from '../refused-login.ts';
import { refuse } from './refuse.ts';

/** The body of a message with an event. */
const write = (activity: Partial<Activity>) => JSON.stringify(refuse(activity));
const loginOf = (user: string | null, remoteHost: string | null) => readRefusedLogin(write({ user, remoteHost })).login;

describe('a refused login', () => {
  it('is of a user, from an address, at the moment at which it came into the stream', () => {
    const body = write({ user: 'eve', remoteHost: '203.0.113.7', time: '2099-03-01T12:00:01.250000Z' });

    expect(readRefusedLogin(body)).toMatchObject({
      at: Date.parse('2026-03-01T12:59:59.500Z'),
      eventId: JSON.parse(body).detail.metadata.eventId,
      user: 'eve',
      address: '203.0.113.7',
    });
  });

  it.each([
    ['is unknown where the event has none', null, 'unknown'],
    ['is shown with 200 characters at most', 'x'.repeat(5000), 'x'.repeat(200)],
  ])('whose user and address %s', (_, name, shown) => {
    const login = readRefusedLogin(write({ user: name, remoteHost: name }));

    expect([login.user, login.address]).toEqual([shown, shown]);
  });

  it('has a key of one length for each user at an address', () => {
    const long = 'x'.repeat(5000);
    const logins = [loginOf('a', 'b c'), loginOf('a b', 'c'), loginOf('a', 'c'), loginOf('c', 'a'), loginOf('a', null)];
    const keys = [...logins, loginOf(long, 'a'), loginOf(`${long}x`, 'a')];

    expect(new Set(keys).size).toBe(7);
    expect(new Set(keys.map(({ length }) => length)).size).toBe(1);
    expect(loginOf('a', 'c')).toBe(loginOf('a', 'c'));
  });
});

it.each([
  [
    'of another class',
    write({ class: 'CONNECT', outcome: 'SUCCESS', errorCode: null }),
    'The message is no refused login',
  ],
  ['without its fields', '{"detail-type":"Database Activity AUTH_FAILURE"}', 'The message is no refused login'],
  ['that is no JSON', 'eve', 'JSON'],
])('a message %s is refused', (_, body, problem) => {
  expect(() => readRefusedLogin(body)).toThrow(problem);
});
