import { randomBytes } from 'node:crypto';
import { AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy } from '@aws-crypto/client-node';
import { describe, expect, it } from 'vitest';
import { createKeyring } from '../../../local/database-activity.ts';
import { createMaterialsManager } from '../../../src/materials-manager.ts';
import { decrypt } from '../../../src/transforms/decrypt.ts';

const KEY = randomBytes(32);
const createMaterials = () => createMaterialsManager(createKeyring(KEY));
const clients = [CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT, CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT].map(
  (policy) => buildClient(policy),
);

const SUITES = Object.entries(AlgorithmSuiteIdentifier).flatMap(([name, suiteId]) =>
  typeof suiteId === 'number' ? [[name, suiteId] as const] : [],
);

async function seal(plaintext: Uint8Array, suiteId: AlgorithmSuiteIdentifier, frameLength: number): Promise<Buffer> {
  const [older, committing] = clients;
  const client = suiteId >= 0x0400 ? committing : older;
  if (client === undefined) throw new Error('no client');
  const encryptionContext = { cluster: 'cluster-A', instance: 'db-1' };
  return (await client.encrypt(createKeyring(KEY), plaintext, { suiteId, frameLength, encryptionContext })).result;
}

describe.each(SUITES)('a message of suite %s', (_name, suiteId) => {
  it.each([0, 1, 99, 100, 101, 200, 1000])('is decrypted with %d bytes, in frames of 100', async (size) => {
    const plaintext = randomBytes(size);
    const message = await seal(plaintext, suiteId, 100);

    expect(Buffer.from(await decrypt(message, createMaterials())).equals(plaintext)).toBe(true);
  });

  it.each([
    ['one byte', Buffer.from([0])],
    ['a frame that is none', randomBytes(144)],
    ['the same message again', null],
  ])('is refused with %s behind it: nobody vouches for that', async (_name, bytes) => {
    const message = await seal(randomBytes(250), suiteId, 100);

    const decrypted = decrypt(Buffer.concat([message, bytes ?? message]), createMaterials());

    await expect(decrypted).rejects.toMatchObject({ stage: 'decrypt', reason: 'DECRYPT_FAILED' });
  });

  it('is refused without its last byte', async () => {
    const message = await seal(randomBytes(250), suiteId, 100);

    await expect(decrypt(message.subarray(0, -1), createMaterials())).rejects.toMatchObject({
      reason: 'DECRYPT_FAILED',
    });
  });
});
