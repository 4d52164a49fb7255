import { expect, it } from 'vitest';
import { growthPerSecond } from '../../load/growth.ts';

const MB = 1024 * 1024;

it.each<[string, (second: number) => number, number, number]>([
  ['constant', () => 40 * MB, 0, 1e-6],
  ['growing', (second) => 40 * MB + second * 1000, 1000, 1e-6],
  ['shrinking', (second) => 40 * MB - second * 1000, -1000, 1e-6],
  ['noisy', (second) => 40 * MB + (second % 10 === 0 ? MB : 0), 0, MB / 150],
])('the growth of %s memory is its slope', (_name, bytesAt, expected, tolerance) => {
  const samples = Array.from({ length: 60 }, (_, index) => ({ at: index * 5_000, bytes: bytesAt(index * 5) }));

  expect(Math.abs(growthPerSecond(samples) - expected)).toBeLessThan(tolerance);
});
