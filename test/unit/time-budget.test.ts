import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTimeBudget } from '../../src/time-budget.ts';

/** What Lambda's context answers, on the fake clock. */
function startClock(timeout: number): () => number {
  const end = Date.now() + timeout;
  return () => end - Date.now();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([
  [900_000, 90_000],
  [60_000, 6_000],
  [10_000, 5_000],
])('of %d ms no chunk begins in the last %d ms', (timeout, reserve) => {
  const time = createTimeBudget(startClock(timeout));

  vi.advanceTimersByTime(timeout - reserve - 1);
  expect(time.allowsMore()).toBe(true);
  vi.advanceTimersByTime(1);
  expect(time.allowsMore()).toBe(false);
});

it('no chunk begins within a timeout shorter than the reserve', () => {
  expect(createTimeBudget(startClock(3_000)).allowsMore()).toBe(false);
});

it.each([900_000, 60_000, 10_000, 3_000, 100])('of %d ms work in flight is aborted in time to respond', (timeout) => {
  const remaining = startClock(timeout);
  const time = createTimeBudget(remaining);
  const left: number[] = [];
  time.signal.addEventListener('abort', () => left.push(remaining()));

  vi.advanceTimersByTime(timeout / 2);
  expect(left).toEqual([]);
  vi.advanceTimersByTime(timeout / 2);

  expect(left).toHaveLength(1);
  expect(left[0]).toBeGreaterThanOrEqual(Math.min(1_000, timeout / 10));
  expect(left[0]).toBeLessThan(5_000);
});

it('work in flight is aborted at once where no time is left', () => {
  const time = createTimeBudget(() => 0);

  vi.advanceTimersByTime(1);

  expect(time.signal.aborted).toBe(true);
});

it('closing the budget aborts work in flight and leaves no timer', () => {
  const time = createTimeBudget(startClock(10_000));

  time.close();

  expect(vi.getTimerCount()).toBe(0);
  expect(time.signal.aborted).toBe(true);
});
