import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  type NodeMaterialsManager,
} from '@aws-crypto/client-node';
import { poison } from '../errors.ts';
import { findMessageEnd } from './message-end.ts';

// The strongest policy that reads what RDS writes: its messages carry no key commitment.
const { decrypt: decryptMessage } = buildClient({
  commitmentPolicy: CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
  maxEncryptedDataKeys: 1,
});

/** Suites whose messages end in a signature: behind it the library takes nothing. */
const SIGNED: ReadonlySet<number> = new Set([
  AlgorithmSuiteIdentifier.ALG_AES128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256,
  AlgorithmSuiteIdentifier.ALG_AES192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
]);

/** AWS Encryption SDK message → plaintext. Throws `DECRYPT_FAILED`. */
export async function decrypt(message: Uint8Array, materials: NodeMaterialsManager): Promise<Uint8Array> {
  try {
    const { plaintext, messageHeader: header } = await decryptMessage(materials, message);
    // Behind the last frame of an unsigned message the library passes over whatever there is: nobody vouches for that.
    if (SIGNED.has(header.suiteId) || findMessageEnd(message, header) === message.length) return plaintext;
  } catch {
    // The library throws bare errors that may quote the message: the place tells enough.
    throw poison('decrypt', 'DECRYPT_FAILED', 'Undecryptable');
  }
  throw poison('decrypt', 'DECRYPT_FAILED', 'TrailingBytes');
}
