import { createHash } from 'node:crypto';
import { type DatabaseActivityEventOf, isDatabaseActivityEvent } from 'das-router';
import type { Refusal } from './burst.ts';

/** Somebody was refused as a user, from an address. */
export interface RefusedLogin extends Refusal {
  /** Names user and address together: what a client claims can be of any length. */
  readonly login: string;
  readonly user: string;
  readonly address: string;
}

const MOST_SHOWN = 200;

/** Reads the event in a message's body. Throws where there is none: such a message ends in the dead-letter queue. */
export function readRefusedLogin(body: string): RefusedLogin {
  const event: unknown = JSON.parse(body);
  if (!isDatabaseActivityEvent(event) || event['detail-type'] !== 'Database Activity AUTH_FAILURE') {
    throw new Error('The message is no refused login: does the rule let only those pass?');
  }
  return toRefusedLogin(event);
}

function toRefusedLogin({ detail: { metadata, data } }: DatabaseActivityEventOf<'AUTH_FAILURE'>): RefusedLogin {
  const [user, address] = [data.user ?? 'unknown', data.remoteHost ?? 'unknown'];
  return {
    // By the stream's clock: those of databases may be wrong.
    at: Date.parse(metadata.arrivalTime),
    eventId: metadata.eventId,
    login: createHash('sha256')
      .update(JSON.stringify([user, address]))
      .digest('hex'),
    user: user.slice(0, MOST_SHOWN),
    address: address.slice(0, MOST_SHOWN),
  };
}
