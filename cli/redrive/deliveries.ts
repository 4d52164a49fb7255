import { Failure } from '../failure.ts';

export type From = 'quarantine' | 'failures';

/** An object that keeps records, as far as its key tells. */
export interface KeptObject {
  readonly key: string;
  /** When a quarantined record arrived in the stream, or when Lambda gave a batch up: as in `2026-03-01`. */
  readonly day: string;
  /** Why: the reason of a quarantine. Null where only the content tells. */
  readonly cause: string | null;
}

/** A Kinesis event record as Lambda delivered it; the rest of its fields is handed on as it is. */
export interface DeliveredRecord {
  readonly eventSourceARN: string;
  readonly kinesis: { readonly sequenceNumber: string };
}

/** What an object holds. */
export interface Delivery {
  /** The reason of a quarantine, or the condition under which Lambda gave a batch up. */
  readonly cause: string;
  readonly records: readonly [DeliveredRecord, ...DeliveredRecord[]];
}

interface Source {
  /** Reads a key; null where it is not one of these. `prefix` is where they lie. */
  readonly readKey: (key: string, prefix: string) => KeptObject | null;
  /** Reads an object's text. Throws a `Failure`. */
  readonly readBody: (text: string) => Delivery;
}

const QUARANTINED = /^reason=([A-Z_]+)\/source=[A-Za-z0-9_-]+\/dt=(\d{4}-\d{2}-\d{2})\/[A-Za-z0-9-]+\.json$/;
const GIVEN_UP = /^[0-9a-f-]+\/[A-Za-z0-9-]+\/(\d{4})\/(\d{2})\/(\d{2})\/[0-9T.-]+-[0-9a-f-]+$/;
/** https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export const FAILURES_PREFIX = 'aws/lambda';
const WORD = /^[A-Za-z_]{1,64}$/;

/** What the two kinds of objects look like. */
export const SOURCES: Readonly<Record<From, Source>> = {
  quarantine: {
    readKey(key, prefix) {
      const [, cause, day] = QUARANTINED.exec(key.slice(prefix.length + 1)) ?? [];
      return cause === undefined || day === undefined ? null : { key, day, cause };
    },
    readBody(text) {
      const { reason, record } = readJson(text);
      return { cause: readWord(reason), records: readRecords([record]) };
    },
  },
  failures: {
    readKey(key, prefix) {
      const [, year, month, day] = GIVEN_UP.exec(key.slice(prefix.length + 1)) ?? [];
      return day === undefined ? null : { key, day: `${year}-${month}-${day}`, cause: null };
    },
    readBody(text) {
      const { requestContext, payload } = readJson(text);
      const { Records: records } = typeof payload === 'string' ? readJson(payload) : asObject(payload);
      return { cause: readWord(asObject(requestContext).condition), records: readRecords(records) };
    },
  },
};

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    throw new Failure('NOT_JSON');
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function readWord(value: unknown): string {
  return typeof value === 'string' && WORD.test(value) ? value : 'unknown';
}

function readRecords(values: unknown): Delivery['records'] {
  if (!Array.isArray(values)) throw new Failure('NO_RECORD');
  const [first, ...others] = values.map(readRecord);
  if (first === undefined) throw new Failure('NO_RECORD');
  return [first, ...others];
}

function readRecord(value: unknown): DeliveredRecord {
  const { eventSourceARN, kinesis } = asObject(value);
  const { sequenceNumber } = asObject(kinesis);
  if (typeof eventSourceARN !== 'string' || typeof sequenceNumber !== 'string') throw new Failure('NO_RECORD');
  return value as DeliveredRecord;
}
