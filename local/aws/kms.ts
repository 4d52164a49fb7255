import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Respond } from './endpoint.ts';
import { AwsError, type JsonInput, jsonService } from './json-service.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** KMS with one key: real AES-256-GCM, with the encryption context bound as additional authenticated data. */
export function createKms(keyArn: string): Respond {
  const masterKey = randomBytes(32);

  function encrypt(plaintext: Buffer, input: JsonInput): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', masterKey, iv).setAAD(authenticatedData(input));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
  }

  function decrypt(input: JsonInput): Buffer {
    const blob = Buffer.from(String(input.CiphertextBlob), 'base64');
    try {
      const tag = blob.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', masterKey, blob.subarray(0, IV_BYTES));
      decipher.setAAD(authenticatedData(input)).setAuthTag(tag);
      return Buffer.concat([decipher.update(blob.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    } catch {
      // As KMS does for a wrong context as for no ciphertext of its own: without a reason.
      throw new AwsError('InvalidCiphertextException', '');
    }
  }

  return jsonService(
    new Map<string, (input: JsonInput) => unknown>([
      [
        'GenerateDataKey',
        (input) => {
          const plaintext = randomBytes(32);
          return { CiphertextBlob: encrypt(plaintext, input), Plaintext: plaintext.toString('base64'), KeyId: keyArn };
        },
      ],
      [
        'Decrypt',
        (input) => ({
          Plaintext: decrypt(input).toString('base64'),
          KeyId: keyArn,
          EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        }),
      ],
    ]),
  );
}

function authenticatedData({ EncryptionContext: context }: JsonInput): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort()));
}
