import { describe, expect, it } from 'vitest';
import type { Activity } from '../../../src/activity.ts';
import { createActivityEntry } from '../../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../../../test/support/activity.ts';
import { asDelivered } from '../../../test/support/bus.ts';
import { readRefusedLogin } from '../refused-login.ts';

const CONFIG = createConfig();

/** An event as it stands in a message. */
function write(activity: Partial<Activity> = {}): string {
  const refused = { class: 'AUTH_FAILURE', statementClass: null, outcome: 'FAILURE', action: 'AUTH FAILURE' } as const;
  const event = createEvent({ activity: { ...refused, errorCode: '28P01', ...activity }, statement: null });
  return JSON.stringify(asDelivered(createActivityEntry(event, null, CONFIG), CONFIG));
}

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

  it('is of an unknown user at an unknown address where it names none', () => {
    expect(readRefusedLogin(write({ user: null, remoteHost: null }))).toMatchObject({
      user: 'unknown',
      address: 'unknown',
    });
  });

  it('has a key of one length, and shows no more than 200 characters, however long a name is claimed', () => {
    const [short, long] = [readRefusedLogin(write()), readRefusedLogin(write({ user: 'x'.repeat(5000) }))];

    expect(long.user).toBe('x'.repeat(200));
    expect(long.login).toHaveLength(short.login.length);
    expect(long.login).not.toBe(readRefusedLogin(write({ user: 'x'.repeat(5001) })).login);
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
    expect(() => readRefusedLogin(body)).toThrow(problem);
  });
});
