import { gzipSync } from 'node:zlib';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node';
import { GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Engine } from '../src/activity.ts';
import { encryptionContext } from '../src/encryption-context.ts';

/** A data key as KMS gives it out. */
export interface DataKey {
  readonly plaintext: Uint8Array;
  /** Encrypted by KMS. */
  readonly ciphertext: Uint8Array;
}

/** Has KMS make a data key under the stream's key, as RDS does for a cluster or an instance. */
export async function generateDataKey(kms: KMSClient, keyArn: string, resourceId: string): Promise<DataKey> {
  const request = {
    KeyId: keyArn,
    KeySpec: 'AES_256',
    EncryptionContext: encryptionContext(resourceId),
  } as const;
  const { Plaintext: plaintext, CiphertextBlob: ciphertext } = await kms.send(new GenerateDataKeyCommand(request));
  if (!plaintext || !ciphertext) throw new Error('KMS gave no data key');
  return { plaintext, ciphertext };
}

/** How each engine writes its messages: Aurora's are decoded from real ones, of the others only the version is known. */
const MESSAGE_FORMATS = {
  'aurora-postgresql': {
    version: '1.1',
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256,
    frameLength: 4096,
  },
  'aurora-mysql': {
    version: '1.2',
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384,
    frameLength: 262_144,
  },
  oracle: {
    version: '1.3',
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256,
    frameLength: 4096,
  },
  sqlserver: {
    version: '1.4',
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256,
    frameLength: 4096,
  },
} as const satisfies Readonly<Record<SealingEngine, unknown>>;

/** The engines whose events can be made up. */
export type SealingEngine = Exclude<Engine, 'unknown'>;

// What RDS writes has no key commitment: only this policy lets such messages be made.
const { encrypt } = buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);

/** The keyring under which RDS seals its messages. */
export function createKeyring(dataKey: Uint8Array): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyNamespace: 'BC',
    keyName: 'DataKey',
    // The keyring zeroes what it is given.
    unencryptedMasterKey: new Uint8Array(dataKey),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}

/** Seals bytes under a data key, as RDS does: an AWS Encryption SDK message. */
export async function sealMessage(plaintext: Uint8Array, engine: SealingEngine, dataKey: Uint8Array): Promise<Buffer> {
  const { suiteId, frameLength } = MESSAGE_FORMATS[engine];
  const { result } = await encrypt(createKeyring(dataKey), plaintext, { suiteId, frameLength });
  return result;
}

/** Wraps a message as the outer record of Kinesis. */
export function wrapMessage(message: Uint8Array, engine: SealingEngine, encryptedDataKey: Uint8Array): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: 'DatabaseActivityMonitoringRecords',
      version: MESSAGE_FORMATS[engine].version,
      databaseActivityEvents: Buffer.from(message).toString('base64'),
      key: Buffer.from(encryptedDataKey).toString('base64'),
    }),
  );
}

/** Inner record → Kinesis data: gzip, encrypt, wrap. */
export async function sealRecord(inner: string | Uint8Array, engine: SealingEngine, dataKey: DataKey): Promise<Buffer> {
  return wrapMessage(await sealMessage(gzipSync(inner), engine, dataKey.plaintext), engine, dataKey.ciphertext);
}

/** The inner record around a list of events; that of an instance's stream names no cluster. */
export function innerRecord(resourceId: string, instanceId: string, events: readonly unknown[]): string {
  return JSON.stringify({
    type: 'DatabaseActivityMonitoringRecord',
    clusterId: resourceId.startsWith('cluster-') ? resourceId : '',
    instanceId,
    databaseActivityEventList: events,
  });
}
