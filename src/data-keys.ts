import { type NodeMaterialsManager, RawAesKeyringNode, RawAesWrappingSuiteIdentifier } from '@aws-crypto/client-node';
import { DecryptCommand, IncorrectKeyException, InvalidCiphertextException, type KMSClient } from '@aws-sdk/client-kms';
import { LRUCache } from 'lru-cache';
import type { Origin } from './activity.ts';
import type { Config } from './config.ts';
import { encryptionContext } from './encryption-context.ts';
import { poison, StageError, toStageError } from './errors.ts';
import { createMaterialsManager } from './materials-manager.ts';
import type { Telemetry } from './telemetry.ts';

/** Gives what opens the messages encrypted under a data key; throws `StageError`. */
export type UnwrapDataKey = (key: Uint8Array, origin: Origin, signal: AbortSignal) => Promise<NodeMaterialsManager>;

interface Request {
  readonly key: Uint8Array;
  readonly origin: Origin;
  readonly signal: AbortSignal;
}

/**
 * Decrypts data keys with KMS, each once for as long as the cache holds it.
 *
 * Managers of materials are cached, not key bytes: the library zeroes the bytes that it is given. A key that KMS rejects for good is
 * cached too, so that a thousand records under it cost one call. Concurrent misses are one call.
 */
export function createUnwrapDataKey(
  kms: KMSClient,
  config: Pick<Config, 'dataKeyTtlSeconds' | 'dataKeyCacheSize'>,
  telemetry: Pick<Telemetry, 'dataKeyDecrypted' | 'dataKeyReused'>,
): UnwrapDataKey {
  async function decryptDataKey({ key, origin, signal }: Request): Promise<NodeMaterialsManager | StageError> {
    telemetry.dataKeyDecrypted();
    try {
      const { Plaintext: plaintext } = await kms.send(
        new DecryptCommand({ CiphertextBlob: key, EncryptionContext: encryptionContext(origin.resourceId) }),
        { abortSignal: signal },
      );
      return createMaterialsManager(createKeyring(plaintext));
    } catch (cause) {
      // Only these are the record's fault; a slip in IAM must never drain the stream into quarantine.
      if (cause instanceof InvalidCiphertextException || cause instanceof IncorrectKeyException) {
        return poison('data-key', 'KEY_REJECTED', cause.name);
      }
      if (cause instanceof StageError && !cause.retryable) return cause;
      throw toStageError('data-key', cause);
    }
  }

  if (config.dataKeyTtlSeconds === 0) {
    return async (key, origin, signal) => unlessRejected(await decryptDataKey({ key, origin, signal }));
  }

  const cache = new LRUCache<string, NodeMaterialsManager | StageError, Request>({
    max: config.dataKeyCacheSize,
    ttl: config.dataKeyTtlSeconds * 1000,
    // The monotonic clock, which is the default, may stand still while Lambda freezes the environment.
    perf: Date,
    // A key pushed out by others while KMS is asked for it still answers those that wait.
    ignoreFetchAbort: true,
    fetchMethod: (_name, _stale, { context }) => decryptDataKey(context),
  });

  return async (key, origin, signal) => {
    const name = `${origin.resourceId} ${Buffer.from(key).toString('latin1')}`;
    const held = cache.get(name);
    const status: LRUCache.Status<string, NodeMaterialsManager | StageError, Request> = {};
    const found = held ?? (await cache.fetch(name, { context: { key, origin, signal }, status }));
    if (held !== undefined || status.fetch === 'inflight') telemetry.dataKeyReused();
    if (found === undefined) throw toStageError('data-key', new Error('The cache let go of the data key'));
    return unlessRejected(found);
  };
}

function unlessRejected(found: NodeMaterialsManager | StageError): NodeMaterialsManager {
  if (found instanceof StageError) throw found;
  return found;
}

function createKeyring(plaintext: Uint8Array | undefined): RawAesKeyringNode {
  if (plaintext?.length !== 32) throw poison('data-key', 'KEY_REJECTED', 'NotAes256');
  // The library demands a buffer of its own, not a view on a shared one.
  const unencryptedMasterKey = new Uint8Array(plaintext);
  plaintext.fill(0);
  return new RawAesKeyringNode({
    keyNamespace: 'BC',
    keyName: 'DataKey',
    unencryptedMasterKey,
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
}
