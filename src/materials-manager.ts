import { ECDH } from 'node:crypto';
import {
  type KeyringNode,
  NodeDecryptionMaterial,
  NodeDefaultCryptographicMaterialsManager,
  type NodeMaterialsManager,
  needs,
} from '@aws-crypto/client-node';
import { VerificationKey } from '@aws-crypto/material-management';

/** Where a signed message's encryption context holds the key that verifies it: a compressed point in base64. */
const PUBLIC_KEY = 'aws-crypto-public-key';

/** What a compressed point begins with: whether y is even or odd. */
const COMPRESSED: ReadonlySet<number | undefined> = new Set([2, 3]);

/**
 * The Encryption SDK's default manager of materials, but that the public key of a signed message is decoded natively: in
 * JavaScript that takes most of the time of a message. The verification itself stays the library's.
 */
export function createMaterialsManager(keyring: KeyringNode): NodeMaterialsManager {
  const byDefault = new NodeDefaultCryptographicMaterialsManager(keyring);
  return {
    getEncryptionMaterials: (request) => byDefault.getEncryptionMaterials(request),
    async decryptMaterials(request) {
      const { suite, encryptionContext, encryptedDataKeys } = request;
      const point = Buffer.from(encryptionContext[PUBLIC_KEY] ?? '', 'base64');
      // The default manager says what is wrong with a message without a key, and with one that needs none.
      if (suite.signatureCurve === undefined || !COMPRESSED.has(point[0])) return byDefault.decryptMaterials(request);
      const publicKey = ECDH.convertKey(point, suite.signatureCurve, undefined, undefined, 'uncompressed');
      const verificationKey = new VerificationKey(Buffer.from(publicKey), suite);
      const initial = new NodeDecryptionMaterial(suite, encryptionContext).setVerificationKey(verificationKey);
      const material = await keyring.onDecrypt(initial, encryptedDataKeys.slice());
      needs(material.getUnencryptedDataKey(), 'Unencrypted data key is invalid.');
      return material;
    },
  };
}
