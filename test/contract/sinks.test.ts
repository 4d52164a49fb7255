import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOptions } from '../../local/aws/index.ts';
import { poison } from '../../src/errors.ts';
import { createArchive } from '../../src/sinks/archive.ts';
import { writeLines } from '../../src/sinks/archive-layout.ts';
import { createPublish } from '../../src/sinks/bus.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import { createQuarantine } from '../../src/sinks/quarantine.ts';
import { createTelemetry } from '../../src/telemetry.ts';
import { createConfig, createEvent, createOrigin } from '../support/activity.ts';
import { BUCKET, BUS, failing, resetting, startWire, type Wire } from '../support/wire.ts';

const COUNT = 30;
const CONFIG = createConfig({ ARCHIVE_BUCKET: BUCKET, EVENT_BUS_NAME: BUS });
const EVENTS = Array.from({ length: COUNT }, (_, at) => createEvent({ origin: { sequenceNumber: String(at) } }));
const METRICS = new Metrics({ namespace: 'Test', serviceName: 'test' });
const TELEMETRY = createTelemetry(new Logger({ logLevel: 'SILENT' }), METRICS);
const NEVER = new AbortController().signal;

interface Sink {
  readonly name: string;
  /** The call that it makes. */
  readonly call: string;
  /** How many objects or events the events come to. */
  readonly expected: number;
  readonly write: (events: typeof EVENTS, signal: AbortSignal) => Promise<unknown>;
  /** How many objects or events there are now. */
  readonly countWritten: () => Promise<number>;
}

let wire: Wire;
let s3: S3Client;
let bus: EventBridgeClient;
beforeEach(async () => {
  wire = await startWire();
  // The function's own clients, but without the pauses between the SDK's attempts.
  const options = { ...clientOptions(wire.endpointUrl, 'function'), maxAttempts: 1 };
  s3 = new S3Client(options);
  bus = new EventBridgeClient(options);
});
afterEach(async () => {
  s3.destroy();
  bus.destroy();
  await wire.close();
});

const ORIGINS = { first: createOrigin(), last: createOrigin(), heartbeats: '' };
const ERROR = poison('decrypt', 'DECRYPT_FAILED', 'Undecryptable');

const SINKS: readonly Sink[] = [
  {
    name: 'archive',
    call: 's3 PUT object',
    expected: 1,
    write(events, signal) {
      const records = events.map((event) => ({ origin: event.origin, lines: writeLines([event]) }));
      return createArchive(s3, CONFIG, TELEMETRY)(records, ORIGINS, signal);
    },
    countWritten: async () => (await wire.listKeys('activity/')).length,
  },
  {
    name: 'quarantine',
    call: 's3 PUT object',
    expected: COUNT,
    write(events, signal) {
      const records = events.map(({ origin }) => ({ record: { origin, data: '', delivered: null }, error: ERROR }));
      return createQuarantine(s3, CONFIG, TELEMETRY)(records, signal);
    },
    countWritten: async () => (await wire.listKeys('quarantine/')).length,
  },
  {
    name: 'bus',
    call: 'events PutEvents',
    expected: COUNT,
    write(events, signal) {
      const entries = events.map((event) => createActivityEntry(event, null, CONFIG));
      return createPublish(bus, CONFIG, TELEMETRY)(entries, signal);
    },
    countWritten: async () => new Set(wire.events.map(({ detail }) => detail.metadata.eventId)).size,
  },
];

describe.each(SINKS)('the sink $name', ({ call, expected, write, countWritten }) => {
  it('writes everything once, and is idempotent', async () => {
    await write(EVENTS, NEVER);
    const once = await countWritten();
    await write(EVENTS, NEVER);

    expect([once, await countWritten()]).toEqual([expected, expected]);
  });

  it('makes no call when it is given nothing', async () => {
    await write([], NEVER);

    expect(wire.calls()).toEqual([]);
  });

  it.each([
    ['denies', failing(call, 'AccessDenied', 403), 'AccessDenied'],
    ['throttles', failing(call, 'ThrottlingException', 400), 'ThrottlingException'],
    ['fails', failing(call, 'InternalError', 500), 'InternalError'],
    ['resets', resetting(call), /ECONNRESET|TimeoutError/],
  ])('reports a failure that is retried when its service %s the call', async (_name, fault, code) => {
    wire.failWith(fault);

    const failure = { name: 'StageError', reason: null, code: expect.stringMatching(code) };
    await expect(write(EVENTS, NEVER)).rejects.toMatchObject(failure);
  });

  it('has nothing in flight when it reports a failure', async () => {
    wire.failWith(failing(call, 'InternalError', 500, 1));

    await write(EVENTS, NEVER).catch(() => undefined);
    const before = [wire.calls().length, await countWritten()];

    await new Promise((resolve) => setImmediate(resolve));
    expect([wire.calls().length, await countWritten()]).toEqual(before);
  });

  it('writes nothing when the time is up', async () => {
    await expect(write(EVENTS, AbortSignal.abort())).rejects.toMatchObject({ name: 'StageError', reason: null });
    expect(await countWritten()).toBe(0);
  });
});

it('the bus returns the entries that it can never accept, in their order, and publishes the others once', async () => {
  const entries = EVENTS.map((event) => createActivityEntry(event, null, CONFIG));
  const refused = entries.filter((_entry, at) => at % 7 === 0);
  const ids = new Set(refused.map(({ detail }) => JSON.parse(detail).metadata.eventId));
  wire.failEntries(({ Detail: detail }) =>
    ids.has(JSON.parse(String(detail)).metadata.eventId) ? 'MalformedDetail' : null,
  );

  expect(await createPublish(bus, CONFIG, TELEMETRY)(entries, NEVER)).toEqual(refused);
  expect(wire.events).toHaveLength(COUNT - refused.length);
});
