import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOptions } from '../../local/aws/index.ts';
import { readConfig } from '../../src/config.ts';
import { poison } from '../../src/errors.ts';
import { createArchive } from '../../src/sinks/archive.ts';
import { writeLines } from '../../src/sinks/archive-layout.ts';
import { createPublish } from '../../src/sinks/bus.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import { createQuarantine } from '../../src/sinks/quarantine.ts';
import { readRecords } from '../../src/source/kinesis.ts';
import { createTelemetry } from '../../src/telemetry.ts';
import { classify } from '../../src/transforms/classify.ts';
import { createBatch } from '../support/batch.ts';
import { BUCKET, BUS, failing, resetting, startWire, type Wire } from '../support/wire.ts';

const CONFIG = readConfig({ ARCHIVE_BUCKET: BUCKET, EVENT_BUS_NAME: BUS });
const RECORDS = readRecords(
  createBatch(
    'cluster-A',
    Array.from({ length: 30 }, () => Buffer.from('data')),
  ),
);
const FIELDS = { serverType: 'PostgreSQL', command: 'CREATE TABLE' };
const JSON_OF_FIELDS = Buffer.from(JSON.stringify(FIELDS));
const EVENTS = RECORDS.map(({ origin }) => classify({ fields: FIELDS, json: JSON_OF_FIELDS }, 0, null, origin));

interface Sink {
  readonly name: string;
  /** The call that it makes. */
  readonly call: string;
  readonly createWrite: (wire: Wire) => (count: number, signal: AbortSignal) => Promise<unknown>;
  /** How many things are there now. */
  readonly countWritten: (wire: Wire) => Promise<number>;
  /** What `count` things come to: objects or events. */
  readonly expected: (count: number) => number;
}

// The function's own clients, but without the pauses between the SDK's attempts.
const telemetry = createTelemetry(
  new Logger({ logLevel: 'SILENT' }),
  new Metrics({ namespace: 'Test', serviceName: 'test' }),
);
const options = (wire: Wire) => ({ ...clientOptions(wire.endpointUrl, 'function'), maxAttempts: 1 });

const SINKS: readonly Sink[] = [
  {
    name: 'archive',
    call: 's3 PUT object',
    createWrite: (wire) => {
      const archive = createArchive(new S3Client(options(wire)), CONFIG, telemetry);
      return (count, signal) => {
        const [first, last] = [EVENTS[0], EVENTS[count - 1]];
        if (first === undefined) throw new Error('no events');
        return archive(
          EVENTS.slice(0, count).map((event) => ({ origin: event.origin, lines: writeLines([event]) })),
          { first: first.origin, last: (last ?? first).origin, heartbeats: '' },
          signal,
        );
      };
    },
    countWritten: async (wire) => (await wire.listKeys('activity/')).length,
    expected: (count) => Math.min(count, 1),
  },
  {
    name: 'quarantine',
    call: 's3 PUT object',
    createWrite: (wire) => {
      const quarantine = createQuarantine(new S3Client(options(wire)), CONFIG, telemetry);
      const error = poison('decrypt', 'DECRYPT_FAILED', 'Undecryptable');
      return (count, signal) =>
        quarantine(
          RECORDS.slice(0, count).map((record) => ({ record, error })),
          signal,
        );
    },
    countWritten: async (wire) => (await wire.listKeys('quarantine/')).length,
    expected: (count) => count,
  },
  {
    name: 'bus',
    call: 'events PutEvents',
    createWrite: (wire) => {
      const publish = createPublish(new EventBridgeClient(options(wire)), CONFIG, telemetry);
      const entries = EVENTS.map((event) => createActivityEntry(event, null, CONFIG));
      return (count, signal) => publish(entries.slice(0, count), signal);
    },
    countWritten: async (wire) => new Set(wire.events.map(({ detail }) => detail.metadata.eventId)).size,
    expected: (count) => count,
  },
];

let wire: Wire;
beforeEach(async () => {
  wire = await startWire();
});
afterEach(() => wire.close());

describe.each(SINKS)('the sink $name', ({ call, createWrite, countWritten, expected }) => {
  const never = new AbortController().signal;

  it('writes all that it is given', async () => {
    await createWrite(wire)(30, never);

    expect(await countWritten(wire)).toBe(expected(30));
  });

  it('calls nobody when it is given nothing', async () => {
    await createWrite(wire)(0, never);

    expect(wire.calls()).toEqual([]);
  });

  it('may be given the same twice', async () => {
    const write = createWrite(wire);

    await write(30, never);
    await write(30, never);

    expect(await countWritten(wire)).toBe(expected(30));
  });

  it.each([
    ['is denied', failing(call, 'AccessDenied', 403), 'AccessDenied'],
    ['is throttled', failing(call, 'ThrottlingException', 400), 'ThrottlingException'],
    ['breaks down', failing(call, 'InternalError', 500), 'InternalError'],
    ['is cut off', resetting(call), /ECONNRESET|TimeoutError/],
  ])('says that it failed when its service %s, so that the chunk is delivered again', async (_name, fault, code) => {
    wire.failWith(fault);

    const error = await createWrite(wire)(30, never).catch((cause: unknown) => cause);

    expect(error).toMatchObject({ name: 'StageError', reason: null, code: expect.stringMatching(code) });
  });

  it('has nothing under way any more when it says that it failed', async () => {
    const write = createWrite(wire);
    wire.failWith(failing(call, 'InternalError', 500, 1));

    await write(30, never).catch(() => undefined);
    const written = await countWritten(wire);
    const calls = wire.calls().length;

    await new Promise((resolve) => setImmediate(resolve));
    expect(wire.calls().length).toBe(calls);
    expect(await countWritten(wire)).toBe(written);
  });

  it('gives up when the time is up', async () => {
    const error = await createWrite(wire)(30, AbortSignal.abort()).catch((cause: unknown) => cause);

    expect(error).toMatchObject({ name: 'StageError', reason: null });
    expect(await countWritten(wire)).toBe(0);
  });
});
