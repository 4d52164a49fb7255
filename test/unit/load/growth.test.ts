import { describe, expect, it } from 'vitest';
import { growthPerSecond } from '../../load/growth.ts';

const MB = 1024 * 1024;
const sampled = (bytesAt: (second: number) => number) =>
  Array.from({ length: 60 }, (_, index) => ({ at: index * 5_000, bytes: bytesAt(index * 5) }));

describe('the growth of memory', () => {
  it.each<[string, (second: number) => number, number]>([
    ['of what stands still is none', () => 40 * MB, 0],
    ['is seen', (second) => 40 * MB + second * 1000, 1000],
    ['is negative where it shrinks', (second) => 40 * MB - second * 1000, -1000],
  ])('%s', (_name, bytesAt, expected) => {
    expect(growthPerSecond(sampled(bytesAt))).toBeCloseTo(expected, 6);
  });

  it('of noise is about none', () => {
    const noisy = sampled((second) => 40 * MB + (second % 10 === 0 ? MB : 0));

    expect(Math.abs(growthPerSecond(noisy) * 150)).toBeLessThan(MB);
  });
});
