import { transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { breakSource, parseSource } from '../../sabotage/break-source.ts';
import { BREAKAGES } from '../../sabotage/breakages.ts';

const FILES = parseSource();

describe('a breakage', () => {
  it.each(BREAKAGES)('finds its one place and leaves valid TypeScript: $name', async (breakage) => {
    const { text } = breakSource(breakage, FILES);

    await expect(transform(text, { loader: 'ts' })).resolves.toBeDefined();
  });
});
