/** What a message's header says of how the rest is laid out, as the Encryption SDK gives it. */
export interface MessageLayout {
  readonly version: number;
  /** 2 for frames, 1 for one body. */
  readonly contentType: number;
  readonly frameLength: number;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const FINAL_FRAME = 0xffffffff;

/**
 * Where an unsigned message ends: behind its last frame. For a message that was decrypted, and so is well-formed.
 * https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
export function findMessageEnd(message: Uint8Array, { version, contentType, frameLength }: MessageLayout): number {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const skipField = (at: number) => at + 2 + view.getUint16(at);

  // Version, type, algorithm suite and message id; then the encryption context and the data keys, of three fields each.
  let at = skipField(version === 1 ? 20 : 35);
  const keys = view.getUint16(at);
  at += 2;
  for (let field = 0; field < keys * 3; field++) at = skipField(at);
  // Content type, reserved bytes, length of an IV, length of a frame, IV and tag; or what version 2 has in their place.
  at += version === 1 ? 1 + 4 + 1 + 4 + IV_BYTES + TAG_BYTES : 1 + 4 + 32 + TAG_BYTES;

  if (contentType === 1) return at + IV_BYTES + 8 + Number(view.getBigUint64(at + IV_BYTES)) + TAG_BYTES;
  while (view.getUint32(at) !== FINAL_FRAME) at += 4 + IV_BYTES + frameLength + TAG_BYTES;
  at += 4 + 4 + IV_BYTES;
  return at + 4 + view.getUint32(at) + TAG_BYTES;
}
