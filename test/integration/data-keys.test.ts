import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOptions } from '../../local/aws/index.ts';
import { readConfig } from '../../src/config.ts';
import { createUnwrapDataKey, type UnwrapDataKey } from '../../src/data-keys.ts';
import { createTelemetry } from '../../src/telemetry.ts';
import { createOrigin } from '../support/activity.ts';
import { BUCKET, BUS, failing, startWire, type Wire } from '../support/wire.ts';

const ORIGIN = createOrigin({});
const SIGNAL = new AbortController().signal;

let wire: Wire;
beforeEach(async () => {
  wire = await startWire();
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await wire.close();
});

function createUnwrap(environment: Readonly<Record<string, string>> = {}): UnwrapDataKey {
  const telemetry = createTelemetry(
    new Logger({ logLevel: 'SILENT' }),
    new Metrics({ namespace: 'Test', serviceName: 'test' }),
  );
  const kms = new KMSClient({ ...clientOptions(wire.endpointUrl, 'function'), maxAttempts: 1 });
  return createUnwrapDataKey(
    kms,
    readConfig({ ARCHIVE_BUCKET: BUCKET, EVENT_BUS_NAME: BUS, ...environment }),
    telemetry,
  );
}

async function createKeys(count: number): Promise<readonly Uint8Array[]> {
  const keys = await Promise.all(Array.from({ length: count }, () => wire.generateDataKey(ORIGIN.resourceId)));
  return keys.map(({ ciphertext }) => ciphertext);
}

describe('a data key', () => {
  it('is asked for once by all that want it at the same time', async () => {
    const unwrap = createUnwrap();
    const [key = new Uint8Array()] = await createKeys(1);

    const keyrings = await Promise.all(Array.from({ length: 20 }, () => unwrap(key, ORIGIN, SIGNAL)));

    expect(new Set(keyrings).size).toBe(1);
    expect(wire.count('kms Decrypt')).toBe(1);
  });

  it('is kept until its time is up', async () => {
    const unwrap = createUnwrap({ DATA_KEY_TTL_SECONDS: '300' });
    const [key = new Uint8Array()] = await createKeys(1);
    await unwrap(key, ORIGIN, SIGNAL);

    vi.advanceTimersByTime(299_000);
    await unwrap(key, ORIGIN, SIGNAL);
    const before = wire.count('kms Decrypt');
    vi.advanceTimersByTime(2_000);
    await unwrap(key, ORIGIN, SIGNAL);

    expect([before, wire.count('kms Decrypt')]).toEqual([1, 2]);
  });

  it('makes room for others when there are too many', async () => {
    const unwrap = createUnwrap({ DATA_KEY_CACHE_SIZE: '2' });
    const keys = await createKeys(3);

    for (const key of [...keys, ...keys]) await unwrap(key, ORIGIN, SIGNAL);

    expect(wire.count('kms Decrypt')).toBe(6);
  });

  it.each(['InvalidCiphertextException', 'IncorrectKeyException'])(
    'that KMS rejects for good is asked for once: %s',
    async (code) => {
      const unwrap = createUnwrap();
      const [key = new Uint8Array()] = await createKeys(1);
      wire.failWith(failing('kms Decrypt', code, 400, 1));

      const failures = [await unwrap(key, ORIGIN, SIGNAL).catch((cause: unknown) => cause)];
      failures.push(await unwrap(key, ORIGIN, SIGNAL).catch((cause: unknown) => cause));

      for (const failure of failures) expect(failure).toMatchObject({ reason: 'KEY_REJECTED', code });
      expect(wire.count('kms Decrypt')).toBe(1);
    },
  );

  it('is asked for again after a service has failed', async () => {
    const unwrap = createUnwrap();
    const [key = new Uint8Array()] = await createKeys(1);
    wire.failWith(failing('kms Decrypt', 'ThrottlingException', 400, 1));

    const failure = await unwrap(key, ORIGIN, SIGNAL).catch((cause: unknown) => cause);
    await unwrap(key, ORIGIN, SIGNAL);

    expect(failure).toMatchObject({ name: 'StageError', reason: null, code: 'ThrottlingException' });
    expect(wire.count('kms Decrypt')).toBe(2);
  });
});
