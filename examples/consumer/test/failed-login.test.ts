import { describe, expect, it } from 'vitest';
import type { Activity } from '../../../src/activity.ts';
import { createActivityEntry } from '../../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../../../test/support/activity.ts';
import { asDelivered } from '../../../test/support/bus.ts';
import { readFailedLogin } from '../failed-login.ts';

const CONFIG = createConfig();

/** An event as it stands in a message. */
function write(activity: Partial<Activity> = {}): string {
  const refused = { class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE', action: 'AUTH FAILURE' } as const;
  const event = createEvent({ activity: { ...refused, errorCode: '28P01', ...activity }, statement: null });
  return JSON.stringify(asDelivered(createActivityEntry(event, null, CONFIG), CONFIG));
}

describe('a refused login', () => {
  it('is of a user, from an address, at a moment', () => {
    const body = write({ user: 'eve', remoteHost: '203.0.113.7', time: '2026-03-01T12:00:01.250000Z' });

    expect(readFailedLogin(body)).toMatchObject({
      at: Date.UTC(2026, 2, 1, 12, 0, 1, 250),
      eventId: JSON.parse(body).detail.metadata.eventId,
      user: 'eve',
      address: '203.0.113.7',
      resourceId: JSON.parse(body).detail.data.resourceId,
    });
  });

  it('is of the moment at which it arrived where it names none', () => {
    const { at } = readFailedLogin(write({ time: null }));

    expect(new Date(at).toISOString()).toBe('2026-03-01T12:59:59.500Z');
  });

  it('is of an unknown user at an unknown address where it names none', () => {
    expect(readFailedLogin(write({ user: null, remoteHost: null }))).toMatchObject({
      user: 'unknown',
      address: 'unknown',
    });
  });

  it('has a key of one length, and shows no more than 200 characters, however long a name is claimed', () => {
    const [short, long] = [readFailedLogin(write()), readFailedLogin(write({ user: 'x'.repeat(5000) }))];

    expect(long.user).toBe('x'.repeat(200));
    expect(long.login).toHaveLength(short.login.length);
    expect(long.login).not.toBe(readFailedLogin(write({ user: 'x'.repeat(5001) })).login);
  });
});

describe('a message is refused', () => {
  it.each([
    ['that is another event', write({ class: 'CONNECT' }), 'The message is no refused login'],
    [
      'that only says that it is one',
      '{"detail-type":"Database Activity AUTH_FAILURE"}',
      'The message is no refused login',
    ],
    ['that is no JSON', 'eve', 'JSON'],
  ])('%s', (_, body, problem) => {
    expect(() => readFailedLogin(body)).toThrow(problem);
  });
});
