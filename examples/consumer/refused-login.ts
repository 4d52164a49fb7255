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

/** What an alert shows of a user's or an address' name. */
export function nameShown(name: string | null): string {
  return (name ?? 'unknown').slice(0, MOST_SHOWN);
}

/** Reads the event in a message's body. Throws where there is none: such a message ends in the dead-letter queue. */
export function readRefusedLogin(body: string): RefusedLogin {
  const event: unknown = JSON.parse(body);
  if (!isDatabaseActivityEvent(event) || event['detail-type'] !== 'Database Activity AUTH_FAILURE') {
    throw new Error('The message is no refused login: does the rule let only those pass?');
  }
  return toRefusedLogin(event);
}

function toRefusedLogin({ detail: { metadata, data } }: DatabaseActivityEventOf<'AUTH_FAILURE'>): RefusedLogin {
  return {
    // By the stream's clock: those of databases may be wrong.
    at: Date.parse(metadata.arrivalTime),
    eventId: metadata.eventId,
    login: createHash('sha256')
      .update(JSON.stringify([data.user, data.remoteHost]))
      .digest('hex'),
    user: nameShown(data.user),
    address: nameShown(data.remoteHost),
  };
}
