import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompress } from '../../../src/transforms/decompress.ts';
import { refusalOf } from '../../support/activity.ts';

const GZIP = gzipSync('content');
const concat = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);

describe('gzip', () => {
  it.each<[string, Uint8Array, string]>([
    ['of one member', GZIP, 'content'],
    ['of nothing', gzipSync(''), ''],
    ['of several members, which are one file', concat(GZIP, gzipSync(''), GZIP), 'contentcontent'],
    ['whose last member is empty', concat(GZIP, gzipSync('')), 'content'],
  ])('%s is decompressed', (_, compressed, content) => {
    expect(Buffer.from(decompress(compressed, 100)).toString()).toBe(content);
  });

  it.each<[string, Uint8Array]>([
    ['nothing at all', Buffer.alloc(0)],
    ['plain text', Buffer.from('content')],
    ['zlib', deflateSync('content')],
    ['deflate', deflateRawSync('content')],
    ['a member cut off', GZIP.subarray(0, -1)],
    ['a member that says that it is empty', concat(GZIP.subarray(0, -4), Buffer.alloc(4))],
    ['a member that says that it is 4 GB', concat(GZIP.subarray(0, -4), Buffer.alloc(4, 0xff))],
    ['a second member cut off', concat(GZIP, GZIP.subarray(0, -9))],
    ['garbage behind a member', concat(GZIP, Buffer.from('garbage'))],
    ['a byte behind a member', concat(GZIP, Buffer.from([0x1f]))],
    ['zeros behind a member', concat(GZIP, Buffer.alloc(8))],
    ['a member behind zeros', concat(GZIP, Buffer.alloc(8), GZIP)],
  ])('%s is refused rather than passed over', (_, compressed) => {
    expect(refusalOf(() => decompress(compressed, 100))).toEqual({ stage: 'decompress', reason: 'DECOMPRESS_FAILED' });
  });

  it.each<[string, Uint8Array]>([
    ['one member', gzipSync(Buffer.alloc(101))],
    ['members together', concat(gzipSync(Buffer.alloc(60)), gzipSync(Buffer.alloc(60)))],
  ])('%s beyond the limit is too large', (_, compressed) => {
    expect(refusalOf(() => decompress(compressed, 100))).toEqual({ stage: 'decompress', reason: 'PAYLOAD_TOO_LARGE' });
  });

  it('of just the limit is decompressed', () => {
    expect(decompress(gzipSync(Buffer.alloc(100)), 100)).toHaveLength(100);
  });
});
