import { expect, it } from 'vitest';
import { codeOf } from '../../../../cli/failure.ts';
import { readLines } from '../../../../cli/verify/read-lines.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function linesOf(text: string, size: number): Promise<readonly string[]> {
  return Array.fromAsync(readLines(inChunks(text, size)), (line) => Buffer.from(line).toString());
}

it.each([1, 2, 3, 5, 100])('lines are the same however the bytes come: %i at a time', async (size) => {
  expect(await linesOf('a\n\nbü\u2028c\r\n', size)).toEqual(['a', '', 'bü\u2028c\r']);
  expect(await linesOf('a\nb', size)).toEqual(['a', 'b']);
  expect(await linesOf('', size)).toEqual([]);
});

it('lines without an end are given up before they fill the memory', async () => {
  const chunk = Buffer.alloc(16 * 1024 * 1024);
  let chunks = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; chunks < 100; chunks++) yield chunk;
  }

  expect(await readLines(endless()).next().catch(codeOf)).toBe('LINE_TOO_LONG');
  expect(chunks).toBeLessThan(40);
});
