import { padSequenceNumber } from '../../src/sinks/archive-layout.ts';
import { Failure } from '../failure.ts';
import type { ArchivePlace } from './archive-key.ts';

/** What is looked at in a line of the archive. */
export interface VerifiedLine {
  readonly eventId: string;
  /** Of its record in the shard, padded: positions sort as text. */
  readonly position: string;
  readonly instanceId: string | null;
  /** Epoch milliseconds. */
  readonly arrivalTime: number;
}

const EVENT_ID = /^([A-Za-z0-9_-]+)\/(shardId-\d{12})\/(\d{1,56})\/\d{1,9}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a line, and holds it against the key of its object. Throws a `Failure`, never with anything of the line. */
export function readLine(bytes: Uint8Array, place: ArchivePlace): VerifiedLine {
  const line = parse(bytes);
  const { eventId, instanceId = null, arrivalTime } = line;
  const [, source, shardId, sequenceNumber = ''] = EVENT_ID.exec(String(eventId)) ?? [];
  const position = padSequenceNumber(sequenceNumber);
  if (source !== place.source || shardId !== place.shardId || position < place.first || position > place.last) {
    throw new Failure('EVENT_ID_ELSEWHERE');
  }
  if (line.class !== place.class) throw new Failure('CLASS_DIFFERS');
  const arrival = typeof arrivalTime === 'string' ? Date.parse(arrivalTime) : Number.NaN;
  if (Number.isNaN(arrival)) throw new Failure('NO_ARRIVAL_TIME');
  if (new Date(arrival).toISOString().slice(0, place.hour.length) !== place.hour) throw new Failure('HOUR_DIFFERS');
  return {
    eventId: String(eventId),
    position,
    instanceId: typeof instanceId === 'string' ? instanceId : null,
    arrivalTime: arrival,
  };
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    // A line that holds null has no event id either.
    return JSON.parse(utf8.decode(bytes)) ?? {};
  } catch {
    throw new Failure('NOT_JSON');
  }
}
