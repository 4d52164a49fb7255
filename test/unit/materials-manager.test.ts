import { createECDH, ECDH, randomBytes } from 'node:crypto';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  type KeyringNode,
  NodeDefaultCryptographicMaterialsManager,
  NodeEncryptionMaterial,
  type NodeMaterialsManager,
} from '@aws-crypto/client-node';
import { SignatureKey } from '@aws-crypto/material-management';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyring } from '../../local/database-activity.ts';
import { createMaterialsManager } from '../../src/materials-manager.ts';

// The library's default manager is the oracle: what it opens ours must open alike, and what it refuses ours must refuse.

const KEY = randomBytes(32);
const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const OLDER = buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT);
const COMMITTING = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const PUBLIC_KEY = 'aws-crypto-public-key';

const SUITES = Object.values(AlgorithmSuiteIdentifier).filter((suite) => typeof suite === 'number');
const P384 = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384;

interface Managers {
  readonly ours: NodeMaterialsManager;
  readonly theirs: NodeMaterialsManager;
}

function managersOf(keyring: KeyringNode): Managers {
  return { ours: createMaterialsManager(keyring), theirs: new NodeDefaultCryptographicMaterialsManager(keyring) };
}

async function seal(plaintext: Uint8Array, suiteId: AlgorithmSuiteIdentifier): Promise<Buffer> {
  const { encrypt } = suiteId >= 0x0400 ? COMMITTING : OLDER;
  return (await encrypt(createKeyring(KEY), plaintext, { suiteId, frameLength: 64, encryptionContext: { a: 'b' } }))
    .result;
}

/** The plaintext in hexadecimal, or that there is none. */
function verdict(message: Uint8Array, manager: NodeMaterialsManager): Promise<string> {
  return decrypt(manager, message).then(
    ({ plaintext }) => plaintext.toString('hex'),
    () => 'refused',
  );
}

async function expectSameVerdict(message: Uint8Array, { ours, theirs }: Managers): Promise<string> {
  const [expected, actual] = [await verdict(message, theirs), await verdict(message, ours)];
  expect(actual).toBe(expected);
  return actual;
}

describe.each(SUITES)('messages of suite %i', (suiteId) => {
  it('are opened alike, under their key and under another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (plaintext) => {
        const message = await seal(plaintext, suiteId);

        const opened = await expectSameVerdict(message, managersOf(createKeyring(KEY)));
        const refused = await expectSameVerdict(message, managersOf(createKeyring(randomBytes(32))));

        expect([opened, refused]).toEqual([Buffer.from(plaintext).toString('hex'), 'refused']);
      }),
      { numRuns: 10 },
    );
  });

  it('are refused alike wherever a bit is flipped or the end is cut off', async () => {
    const message = await seal(randomBytes(100), suiteId);
    const managers = managersOf(createKeyring(KEY));

    const verdicts: string[] = [];
    for (let at = 0; at < message.length; at++) {
      const flipped = Buffer.from(message);
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
      verdicts.push(
        await expectSameVerdict(flipped, managers),
        await expectSameVerdict(message.subarray(0, at), managers),
      );
    }

    expect(new Set(verdicts)).toEqual(new Set(['refused']));
  });
});

describe('the public key of a signed message', () => {
  it('is the key that the library decodes, whatever the point', async () => {
    for (let round = 0; round < 50; round++) {
      const { ours, theirs } = managersOf(createKeyring(KEY));
      const request = await requestFor(await seal(randomBytes(10), P384));

      const [our, their] = await Promise.all([ours.decryptMaterials(request), theirs.decryptMaterials(request)]);

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
    [
      'marked for the other y',
      false,
      (point) => Buffer.concat([Buffer.from([5 - (point[0] ?? 0)]), point.subarray(1)]),
    ],
    ['marked as nothing is', false, (point) => Buffer.concat([Buffer.from([5]), point.subarray(1)])],
    ['not compressed', false, (point) => convert(point, 'uncompressed')],
    ['not compressed, and marked for y', false, (point) => convert(point, 'hybrid')],
    ['no point of the curve', false, () => Buffer.concat([Buffer.from([2]), Buffer.alloc(48, 0xff)])],
    ['another key', false, () => newPoint(createECDH('secp384r1'))],
  ])('that is %s, in a message sealed so: opened is %s', async (_, opens, change) => {
    const message = await forge(change);

    const found = await expectSameVerdict(message, managersOf(createKeyring(KEY)));

    expect(found).toBe(opens ? Buffer.from('content').toString('hex') : 'refused');
  });
});

it('messages are sealed with the materials of the default manager', async () => {
  const { ours, theirs } = managersOf(createKeyring(KEY));

  const { result } = await OLDER.encrypt(ours, Buffer.from('content'), { suiteId: P384 });

  expect(await verdict(result, theirs)).toBe(Buffer.from('content').toString('hex'));
});

type Request = Parameters<NodeMaterialsManager['decryptMaterials']>[0];

/** What the library asks a manager for when it opens a message. */
async function requestFor(message: Uint8Array): Promise<Request> {
  const requests: Request[] = [];
  const { theirs } = managersOf(createKeyring(KEY));
  await decrypt(
    {
      getEncryptionMaterials: (request) => theirs.getEncryptionMaterials(request),
      decryptMaterials: (request) => {
        requests.push(request);
        return theirs.decryptMaterials(request);
      },
    },
    message,
  );
  return requests[0] as Request;
}

/** A message by one who has the data key: signed, and with another public key than the library would write. */
async function forge(change: (point: Buffer) => Buffer | null): Promise<Buffer> {
  const keyring = createKeyring(KEY);
  const { theirs } = managersOf(keyring);
  const forging: NodeMaterialsManager = {
    decryptMaterials: (request) => theirs.decryptMaterials(request),
    getEncryptionMaterials: async ({ suite, encryptionContext }) => {
      if (suite?.signatureCurve === undefined) throw new Error('Only a signed message has a public key');
      const ecdh = createECDH(suite.signatureCurve);
      const point = newPoint(ecdh);
      const changed = change(point);
      const named = changed === null ? {} : { [PUBLIC_KEY]: changed.toString('base64') };
      const material = new NodeEncryptionMaterial(suite, { ...encryptionContext, ...named });
      return keyring.onEncrypt(material.setSignatureKey(new SignatureKey(ecdh.getPrivateKey(), point, suite)));
    },
  };
  return (await OLDER.encrypt(forging, Buffer.from('content'), { suiteId: P384 })).result;
}

function newPoint(ecdh: ECDH): Buffer {
  ecdh.generateKeys();
  return Buffer.from(ecdh.getPublicKey('base64', 'compressed'), 'base64');
}

function convert(point: Buffer, format: 'uncompressed' | 'hybrid'): Buffer {
  return Buffer.from(ECDH.convertKey(point, 'secp384r1', undefined, undefined, format));
}
