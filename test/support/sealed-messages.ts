import { randomBytes } from 'node:crypto';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  type KeyringNode,
  NodeDefaultCryptographicMaterialsManager,
  type NodeMaterialsManager,
} from '@aws-crypto/client-node';
import { createKeyring } from '../../local/database-activity.ts';
import { createMaterialsManager } from '../../src/materials-manager.ts';

export const KEY = randomBytes(32);
export const SUITES = Object.values(AlgorithmSuiteIdentifier).filter((suite) => typeof suite === 'number');

const { decrypt, encrypt: encryptCommitting } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const { encrypt } = buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
/** Suites from this one on write version 2 of the message format. */
const FIRST_COMMITTING = 0x0400;
const [IV_BYTES, TAG_BYTES, FINAL_FRAME] = [12, 16, 0xffffffff];
export const REFUSED = 'refused';

export async function seal(
  plaintext: Uint8Array,
  suiteId: AlgorithmSuiteIdentifier,
  frameLength = 64,
  materials: KeyringNode | NodeMaterialsManager = createKeyring(KEY),
): Promise<Buffer> {
  const options = { suiteId, frameLength, encryptionContext: { a: 'b' } };
  return (await (suiteId >= FIRST_COMMITTING ? encryptCommitting : encrypt)(materials, plaintext, options)).result;
}

/** The plaintext in hexadecimal, or `refused`: by our manager of materials, and by the library's, which is the oracle. */
export async function judge(
  message: Uint8Array,
  key = KEY,
): Promise<{ readonly ours: string; readonly theirs: string }> {
  const open = (manager: NodeMaterialsManager) =>
    decrypt(manager, message).then(
      ({ plaintext }) => plaintext.toString('hex'),
      () => REFUSED,
    );
  const keyring = createKeyring(key);
  return {
    ours: await open(createMaterialsManager(keyring)),
    theirs: await open(new NodeDefaultCryptographicMaterialsManager(keyring)),
  };
}

/**
 * Flips a bit of a message, and cuts the message off there: at the boundaries of its fields and at every `step`-th byte, so
 * that a step of 1 covers every byte. Returns the places where a manager of materials accepts what was changed.
 */
export async function findAcceptedFlips(suiteId: AlgorithmSuiteIdentifier, step: number): Promise<readonly string[]> {
  const message = await seal(randomBytes(100), suiteId);
  const places = new Set(boundariesOf(message));
  for (let at = 0; at < message.length; at += step) places.add(at);
  const accepted: string[] = [];
  for (const at of places) {
    const flipped = Buffer.from(message);
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
    for (const [change, changed] of Object.entries({ flipped, truncated: message.subarray(0, at) })) {
      const verdicts = Object.values(await judge(changed));
      if (verdicts.some((verdict) => verdict !== REFUSED)) accepted.push(`suite ${suiteId}: ${change} at byte ${at}`);
    }
  }
  return accepted;
}

/**
 * The first and the last byte of each field of a framed message, and every byte of a field of up to four: versions, suites,
 * counts and lengths. https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
function boundariesOf(message: Buffer): readonly number[] {
  const places: number[] = [];
  let at = 0;
  function skip(bytes: number): void {
    for (let offset = 0; offset < bytes; offset += bytes > 4 ? bytes - 1 : 1) places.push(at + offset);
    at += bytes;
  }
  function read(bytes: number): number {
    skip(bytes);
    return message.readUIntBE(at - bytes, bytes);
  }

  const isVersion1 = read(1) === 1;
  // Type, suite and message id; or suite and message id.
  for (const bytes of isVersion1 ? [1, 2, 16] : [2, 32]) skip(bytes);
  // The length of the encryption context, its keys and values, then the data keys, of three fields each.
  skip(2);
  for (let texts = read(2) * 2; texts > 0; texts--) skip(read(2));
  for (let fields = read(2) * 3; fields > 0; fields--) skip(read(2));
  // Content type, and in version 1 reserved bytes and the length of an IV.
  for (const bytes of isVersion1 ? [1, 4, 1] : [1]) skip(bytes);
  const frameLength = read(4);
  // IV or commitment, and tag.
  for (const bytes of [isVersion1 ? IV_BYTES : 32, TAG_BYTES]) skip(bytes);
  for (let isFinal = false; !isFinal; ) {
    isFinal = read(4) === FINAL_FRAME;
    if (isFinal) skip(4);
    skip(IV_BYTES);
    skip(isFinal ? read(4) : frameLength);
    skip(TAG_BYTES);
  }
  // The signature.
  if (at < message.length) skip(read(2));
  if (at !== message.length) throw new Error(`The message has ${message.length} bytes, its fields ${at}`);
  return places;
}
