import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decompress } from '../../../src/transforms/decompress.ts';
import { refusalOf } from '../../support/activity.ts';

const GZIP = gzipSync('content');
const concat = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);

const EMPTY = gzipSync('');

it.each<[string, Uint8Array, string]>([
  ['of one member', GZIP, 'content'],
  ['of nothing', EMPTY, ''],
  ['of several members, which are one file', concat(GZIP, EMPTY, GZIP), 'contentcontent'],
  ['whose last member is empty', concat(GZIP, EMPTY), 'content'],
  ['of just the limit', gzipSync('x'.repeat(100)), 'x'.repeat(100)],
])('gzip %s is decompressed', (_, compressed, content) => {
  expect(Buffer.from(decompress(compressed, 100)).toString()).toBe(content);
});

it.each<[string, readonly Uint8Array[]]>([
  ['of another format', [Buffer.alloc(0), Buffer.from('content'), deflateSync('content'), deflateRawSync('content')]],
  ['cut off', [GZIP.subarray(0, -1), concat(GZIP, GZIP.subarray(0, -9))]],
  ['of a wrong size', [Buffer.alloc(4), Buffer.alloc(4, 0xff)].map((size) => concat(GZIP.subarray(0, -4), size))],
  ['followed by bytes', ['garbage', '\x1f', '\0'.repeat(8)].map((bytes) => concat(GZIP, Buffer.from(bytes)))],
  ['followed by a member behind zeros', [concat(GZIP, Buffer.alloc(8), GZIP)]],
])('content %s is quarantined rather than decompressed in part', (_, all) => {
  for (const compressed of all) {
    expect(refusalOf(() => decompress(compressed, 100))).toEqual({ stage: 'decompress', reason: 'DECOMPRESS_FAILED' });
  }
});

it.each<[string, Uint8Array]>([
  ['one member', gzipSync(Buffer.alloc(101))],
  ['members together', concat(gzipSync(Buffer.alloc(60)), gzipSync(Buffer.alloc(60)))],
])('%s beyond the limit is too large', (_, compressed) => {
  expect(refusalOf(() => decompress(compressed, 100))).toEqual({ stage: 'decompress', reason: 'PAYLOAD_TOO_LARGE' });
});
