import type { Origin, StreamRecord } from '../../src/activity.ts';
import { RESOURCE_ID, readRecords } from '../../src/source/kinesis.ts';
import type { DatabaseStream } from '../stream.ts';

/** What is to be explained. */
export interface Subject {
  readonly origin: Origin;
  /** Whether shard, sequence number and time of arrival are known: a record alone does not tell them. */
  readonly arrived: boolean;
  /** A Kinesis record's data in base64, or the inner record itself. */
  readonly content: { readonly data: string } | { readonly inner: Uint8Array };
}

type Fields = Readonly<Record<string, unknown>>;

const EXPECTED =
  "it must hold a record as Lambda delivers it, an event with one of them, an object of the quarantine, or the outer or inner record of a Database Activity Stream, which has the type 'DatabaseActivityMonitoringRecords' or 'DatabaseActivityMonitoringRecord'";

/**
 * Tells what a file holds. Throws an `Error` that says what was expected, and quotes nothing. A stream is for a record that does
 * not name its own.
 */
export function readSubject(bytes: Uint8Array, stream: DatabaseStream | null): Subject {
  const fields = parseObject(bytes);
  if (fields.type === 'DatabaseActivityMonitoringRecords') {
    if (stream === null) throw new Error('the outer record does not tell its stream: name it with --stream');
    return { ...withoutArrival(stream.arn ?? stream.name, stream.resourceId), content: { data: toBase64(bytes) } };
  }
  if (fields.type === 'DatabaseActivityMonitoringRecord') {
    const resourceId = stream?.resourceId ?? nameSource(fields);
    return { ...withoutArrival(stream?.name ?? '', resourceId), content: { inner: bytes } };
  }
  if ('serverType' in fields)
    throw new Error('it is one event: put it into databaseActivityEventList of an inner record');
  const delivered = findDelivered(fields);
  if (stream !== null) throw new Error('the record names its stream itself: leave --stream out');
  const record = readDelivered(delivered);
  return { origin: record.origin, arrived: true, content: { data: record.data } };
}

function parseObject(bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // The parser's message quotes the text.
    throw new Error(`it is not JSON: ${EXPECTED}`);
  }
  return fieldsOf(value);
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(EXPECTED);
  return value as Fields;
}

function findDelivered(fields: Fields): unknown {
  if ('kinesis' in fields) return fields;
  if ('reason' in fields && 'stage' in fields && 'record' in fields) return fields.record;
  if (!Array.isArray(fields.Records)) throw new Error(EXPECTED);
  if (fields.Records.length !== 1) throw new Error(`the event has ${fields.Records.length} records: give one of them`);
  return fields.Records[0];
}

function readDelivered(delivered: unknown): StreamRecord {
  try {
    return readRecords({ Records: [delivered] })[0] as StreamRecord;
  } catch {
    throw new Error('the record in it is none that Lambda delivers of a Database Activity Stream');
  }
}

/** What the inner record says itself, as nothing else does. */
function nameSource({ clusterId, instanceId }: Fields): string {
  const named = [clusterId, instanceId].find((id) => typeof id === 'string' && RESOURCE_ID.test(id));
  if (named === undefined)
    throw new Error('the inner record names no source that RDS has: name its stream with --stream');
  return String(named);
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function withoutArrival(streamArn: string, resourceId: string) {
  const origin = {
    streamArn,
    resourceId,
    shardId: 'shardId-000000000000',
    sequenceNumber: '0',
    arrivalTime: '1970-01-01T00:00:00.000Z',
  };
  return { origin, arrived: false };
}
