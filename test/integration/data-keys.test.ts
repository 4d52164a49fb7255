import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOptions } from '../../local/aws/index.ts';
import { readConfig } from '../../src/config.ts';
import { createUnwrapDataKey, type UnwrapDataKey } from '../../src/data-keys.ts';
import { StageError } from '../../src/errors.ts';
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

async function createKey(): Promise<Uint8Array> {
  return (await wire.generateDataKey(ORIGIN.resourceId)).ciphertext;
}

describe('a data key', () => {
  it('is decrypted once for all that want it at the same time', async () => {
    const unwrap = createUnwrap();
    const key = await createKey();

    const keyrings = await Promise.all(Array.from({ length: 20 }, () => unwrap(key, ORIGIN, SIGNAL)));

    expect(new Set(keyrings).size).toBe(1);
    expect(wire.count('kms Decrypt')).toBe(1);
  });

  it.each([
    [300, 299_000, 1],
    [300, 301_000, 2],
    [0, 0, 2],
  ])('with DATA_KEY_TTL_SECONDS=%d, used again after %d ms, costs %d calls', async (ttl, passed, calls) => {
    const unwrap = createUnwrap({ DATA_KEY_TTL_SECONDS: String(ttl) });
    const key = await createKey();

    await unwrap(key, ORIGIN, SIGNAL);
    vi.advanceTimersByTime(passed);
    await unwrap(key, ORIGIN, SIGNAL);

    expect(wire.count('kms Decrypt')).toBe(calls);
  });

  it('makes room for others when there are too many', async () => {
    const unwrap = createUnwrap({ DATA_KEY_CACHE_SIZE: '2' });
    const keys = [await createKey(), await createKey(), await createKey()];

    for (const key of [...keys, ...keys]) await unwrap(key, ORIGIN, SIGNAL);

    expect(wire.count('kms Decrypt')).toBe(6);
  });

  it.each([
    ['InvalidCiphertextException', 'KEY_REJECTED', 1],
    ['IncorrectKeyException', 'KEY_REJECTED', 1],
    ['ThrottlingException', null, 2],
  ])('that KMS refuses with %s has the reason %s: two uses cost %d calls', async (code, reason, calls) => {
    const unwrap = createUnwrap();
    const key = await createKey();
    wire.failWith(failing('kms Decrypt', code, 400, 1));
    const use = () => unwrap(key, ORIGIN, SIGNAL).catch((cause: unknown) => cause);

    const [first, second] = [await use(), await use()];

    expect(first).toMatchObject({ name: 'StageError', reason, code });
    expect(second instanceof StageError).toBe(reason !== null);
    expect(wire.count('kms Decrypt')).toBe(calls);
  });
});
