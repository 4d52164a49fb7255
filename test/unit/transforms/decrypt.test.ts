import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyring } from '../../../local/database-activity.ts';
import { createMaterialsManager } from '../../../src/materials-manager.ts';
import { decrypt } from '../../../src/transforms/decrypt.ts';
import { KEY, SUITES, seal } from '../../support/sealed-messages.ts';

const open = (message: Uint8Array) => decrypt(message, createMaterialsManager(createKeyring(KEY)));

describe.each(SUITES)('a message of suite %i', (suiteId) => {
  it.each([0, 1, 99, 100, 101, 200, 1000])('is decrypted with %d bytes, in frames of 100', async (size) => {
    const plaintext = randomBytes(size);

    const opened = await open(await seal(plaintext, suiteId, 100));

    expect(Buffer.from(opened).equals(plaintext)).toBe(true);
  });

  it.each<[string, (message: Buffer) => Buffer]>([
    ['with one byte behind it', (message) => Buffer.concat([message, Buffer.from([0])])],
    ['with random bytes of the length of a frame behind it', (message) => Buffer.concat([message, randomBytes(144)])],
    ['with the same message behind it', (message) => Buffer.concat([message, message])],
    ['without its last byte', (message) => message.subarray(0, -1)],
    ['with zeros in a frame', (message) => Buffer.from(message).fill(0, 300, 309)],
  ])('is refused %s: these bytes are not authenticated', async (_, change) => {
    const message = await seal(randomBytes(250), suiteId, 100);

    await expect(open(change(message))).rejects.toMatchObject({ stage: 'decrypt', reason: 'DECRYPT_FAILED' });
  });
});
