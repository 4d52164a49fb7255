import { describe, expect, it } from 'vitest';
import type { Activity } from '../../../src/activity.ts';
import { readRefusedLogin } from '../refused-login.ts';
import { refuse } from './refuse.ts';

/** The body of a message with an event. */
const write = (activity: Partial<Activity>) => JSON.stringify(refuse(activity));
const loginOf = (user: string | null, remoteHost: string | null) => readRefusedLogin(write({ user, remoteHost })).login;

const CONNECTED = { class: 'CONNECT', outcome: 'SUCCESS', errorCode: null } as const;
const LONG = 'x'.repeat(5000);

describe('a refused login', () => {
  it.each([
    ['a user, from an address', 'eve', '203.0.113.7', ['eve', '203.0.113.7']],
    ['an unknown user at an unknown address where the event has none', null, null, ['unknown', 'unknown']],
    ['names of 200 characters at most', LONG, LONG, [LONG.slice(0, 200), LONG.slice(0, 200)]],
  ])('is of %s, at the moment at which it came into the stream', (_, user, remoteHost, shown) => {
    const body = write({ user, remoteHost, time: '2099-03-01T12:00:01.250000Z' });

    const { at, eventId, ...login } = readRefusedLogin(body);

    expect([login.user, login.address]).toEqual(shown);
    expect(at).toBe(Date.parse('2026-03-01T12:59:59.500Z'));
    expect(eventId).toBe(JSON.parse(body).detail.metadata.eventId);
  });

  it('has a key of one length for each user at an address', () => {
    const logins = [loginOf('a', 'b c'), loginOf('a b', 'c'), loginOf('a', 'c'), loginOf('c', 'a'), loginOf('a', null)];
    const keys = [...logins, loginOf(LONG, 'a'), loginOf(`${LONG}x`, 'a')];

    expect(new Set(keys).size).toBe(7);
    expect(new Set(keys.map(({ length }) => length)).size).toBe(1);
  });
});

it.each([
  ['of another class', write(CONNECTED), 'The message is no refused login'],
  ['without its fields', '{"detail-type":"Database Activity AUTH_FAILURE"}', 'The message is no refused login'],
  ['that is no JSON', 'eve', 'JSON'],
])('a message %s is refused', (_, body, problem) => {
  expect(() => readRefusedLogin(body)).toThrow(problem);
});
