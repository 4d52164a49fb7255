import { buildClient, CommitmentPolicy, type RawAesKeyringNode } from '@aws-crypto/client-node';
import { poison } from '../errors.ts';

// The strongest policy that reads what RDS writes: its messages carry no key commitment.
const { decrypt: decryptMessage } = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
  maxEncryptedDataKeys: 1,
});

/** AWS Encryption SDK message → plaintext. Throws `DECRYPT_FAILED`. */
export async function decrypt(message: Uint8Array, keyring: RawAesKeyringNode): Promise<Uint8Array> {
  try {
    const { plaintext } = await decryptMessage(keyring, message);
    return plaintext;
  } catch {
    // The library throws bare errors that may quote the message: the place tells enough.
    throw poison('decrypt', 'DECRYPT_FAILED', 'Undecryptable');
  }
}
