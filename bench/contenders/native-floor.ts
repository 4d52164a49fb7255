// The same on node:crypto alone, for comparison: it reads the two layouts that Aurora writes, and is no way to read messages.
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
import { createDecipheriv, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { type OpenMessage, processWith } from './floor.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const FINAL_FRAME = 0xffffffff;
/** By suite: those that Aurora writes. */
const HASHES: Readonly<Record<number, string>> = { 376: 'sha256', 888: 'sha384' };
const SIGNED_SUITE = 0x0378;
/** Everything before the compressed point in the DER of a P-384 public key. */
const P384_PREFIX = Buffer.from('3046301006072a8648ce3d020106052b81040022033200', 'hex');

export const handler = processWith(async ({ message, dataKey }: OpenMessage) => decrypt(Buffer.from(message), dataKey));

function decrypt(message: Buffer, wrappingKey: Uint8Array): Buffer {
  const suite = message.readUInt16BE(2);
  const hash = HASHES[suite];
  if (hash === undefined) throw new Error(`No layout of suite ${suite} is known here`);
  const messageId = message.subarray(4, 20);
  let at = 20;
  const take = (bytes: number) => {
    at += bytes;
    return message.subarray(at - bytes, at);
  };
  const takeField = () => take(take(2).readUInt16BE());

  const context = takeField();
  at += 2;
  takeField();
  const keyInfo = takeField();
  const wrapped = takeField();
  at += 1 + 4 + 1;
  const frameLength = take(4).readUInt32BE();
  const header = message.subarray(0, at);
  const [headerIv, headerTag] = [take(IV_BYTES), take(TAG_BYTES)];

  const key = open(
    wrappingKey,
    keyInfo.subarray(-IV_BYTES),
    context,
    wrapped.subarray(0, -TAG_BYTES),
    wrapped.subarray(-TAG_BYTES),
  );
  const info = Buffer.concat([message.subarray(2, 4), messageId]);
  const derived = Buffer.from(hkdfSync(hash, key, '', info, 32));
  open(derived, headerIv, header, Buffer.alloc(0), headerTag);

  const frames: Buffer[] = [];
  for (let isFinal = false; !isFinal; ) {
    const first = take(4);
    isFinal = first.readUInt32BE() === FINAL_FRAME;
    const number = isFinal ? take(4) : first;
    const iv = take(IV_BYTES);
    const length = isFinal ? take(4).readUInt32BE() : frameLength;
    const size = Buffer.alloc(8);
    size.writeUInt32BE(length, 4);
    const label = Buffer.from(`AWSKMSEncryptionClient ${isFinal ? 'Final ' : ''}Frame`);
    const content = take(length);
    frames.push(open(derived, iv, Buffer.concat([messageId, label, number, size]), content, take(TAG_BYTES)));
  }
  if (suite === SIGNED_SUITE) verifySignature(message.subarray(0, at), takeField(), context);
  return Buffer.concat(frames);
}

function open(key: Uint8Array, iv: Buffer, associated: Buffer, content: Buffer, tag: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(associated).setAuthTag(tag);
  return Buffer.concat([decipher.update(content), decipher.final()]);
}

function verifySignature(signed: Buffer, signature: Buffer, context: Buffer): void {
  // A count, then one pair: the name and the point in base64.
  const point = Buffer.from(context.subarray(-68).toString(), 'base64');
  const key = createPublicKey({ key: Buffer.concat([P384_PREFIX, point]), format: 'der', type: 'spki' });
  if (!verify('sha384', signed, key, signature)) throw new Error('The signature does not match');
}
