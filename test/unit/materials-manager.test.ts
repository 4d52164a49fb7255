import { createECDH, ECDH, randomBytes } from 'node:crypto';
import {
  AlgorithmSuiteIdentifier,
  CommitmentPolicy,
  NodeAlgorithmSuite,
  NodeDefaultCryptographicMaterialsManager,
  NodeEncryptionMaterial,
  type NodeMaterialsManager,
} from '@aws-crypto/client-node';
import { describe, expect, it } from 'vitest';
import { createKeyring } from '../../local/database-activity.ts';
import { createMaterialsManager } from '../../src/materials-manager.ts';
import { findAcceptedFlips, judge, KEY, REFUSED, SUITES, seal } from '../support/sealed-messages.ts';

// The library's default manager is the oracle: what it opens ours must open alike, and what it refuses ours must refuse.

const PUBLIC_KEY = 'aws-crypto-public-key';
const P384 = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384;
/** In hexadecimal. */
const CONTENT = Buffer.from('content').toString('hex');
const KEYRING = createKeyring(KEY);
const OURS = createMaterialsManager(KEYRING);
const THEIRS = new NodeDefaultCryptographicMaterialsManager(KEYRING);

const mark = (point: Buffer, format: number) => Buffer.concat([Buffer.from([format]), point.subarray(1)]);
const convert = (point: Buffer, format: 'compressed' | 'uncompressed' | 'hybrid') =>
  Buffer.from(ECDH.convertKey(point, 'secp384r1', undefined, undefined, format));

describe.each(SUITES)('messages of suite %i', (suiteId) => {
  it('are opened alike under their key, and refused alike under another', async () => {
    const message = await seal(Buffer.from('content'), suiteId);

    expect(await judge(message)).toEqual({ ours: CONTENT, theirs: CONTENT });
    expect(await judge(message, randomBytes(32))).toEqual({ ours: REFUSED, theirs: REFUSED });
  });

  it('are refused alike where a bit is flipped or the end is cut off', async () => {
    expect(await findAcceptedFlips(suiteId, 64)).toEqual([]);
  });
});

describe('the public key of a signed message', () => {
  it('is the key that the library decodes, whatever the point', async () => {
    const suite = new NodeAlgorithmSuite(P384);
    const commitmentPolicy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
    for (let round = 0; round < 50; round++) {
      const request = await THEIRS.getEncryptionMaterials({ suite, commitmentPolicy, encryptionContext: {} });

      const [our, their] = await Promise.all([OURS.decryptMaterials(request), THEIRS.decryptMaterials(request)]);

      expect(our.verificationKey?.publicKey).toMatch(/BEGIN PUBLIC KEY/);
      expect(our.verificationKey).toEqual(their.verificationKey);
    }
  });

  it.each<[string, boolean, (point: Buffer) => Buffer | null]>([
    ['as it should be', true, (point) => point],
    ['absent', false, () => null],
    ['empty', false, () => Buffer.alloc(0)],
    ['cut off', false, (point) => point.subarray(0, -1)],
    ['too long', false, (point) => Buffer.concat([point, Buffer.alloc(1)])],
    ['marked for the other y', false, (point) => mark(point, 5 - Number(point[0]))],
    ['marked with an unknown format', false, (point) => mark(point, 5)],
    ['not compressed', false, (point) => convert(point, 'uncompressed')],
    ['not compressed, and marked for y', false, (point) => convert(point, 'hybrid')],
    ['no point of the curve', false, () => mark(Buffer.alloc(49, 0xff), 2)],
    ['another key', false, () => convert(createECDH('secp384r1').generateKeys(), 'compressed')],
  ])('that is %s, in a message sealed so: opened is %s', async (_, opens, change) => {
    const verdict = opens ? CONTENT : REFUSED;

    expect(await judge(await forge(change))).toEqual({ ours: verdict, theirs: verdict });
  });
});

it('messages are sealed with the materials of the default manager', async () => {
  const message = await seal(Buffer.from('content'), P384, 64, OURS);

  expect((await judge(message)).theirs).toBe(CONTENT);
});

/** A signed message by someone who has the data key, with another public key than the library would write. */
function forge(change: (point: Buffer) => Buffer | null): Promise<Buffer> {
  const forging: NodeMaterialsManager = {
    decryptMaterials: THEIRS.decryptMaterials,
    getEncryptionMaterials: async (request) => {
      const { suite, encryptionContext, signatureKey } = await THEIRS.getEncryptionMaterials(request);
      const { [PUBLIC_KEY]: point = '', ...context } = encryptionContext;
      const changed = change(Buffer.from(point, 'base64'));
      const forged = changed === null ? context : { ...context, [PUBLIC_KEY]: changed.toString('base64') };
      if (signatureKey === undefined) throw new Error('Only a signed message has a public key');
      return KEYRING.onEncrypt(new NodeEncryptionMaterial(suite, forged).setSignatureKey(signatureKey));
    },
  };
  return seal(Buffer.from('content'), P384, 64, forging);
}
