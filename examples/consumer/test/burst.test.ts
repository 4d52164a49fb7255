import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BURST, findBurst, findStale, type Refusal, TEN_MINUTES_MS } from '../burst.ts';

const MINUTE = 60_000;
const toRefusals = (times: readonly number[]) => times.map((at, index) => ({ at, eventId: `event-${index}` }));
const refusalsAt = (...minutes: readonly number[]) => toRefusals(minutes.map((minute) => minute * MINUTE));
const minutesOf = (refusals: readonly Refusal[]) => refusals.map(({ at }) => at / MINUTE);

it.each<[string, readonly number[], number, readonly number[]]>([
  ['five refusals within ten minutes', [1, 2, 3, 4, 11], -1, [1, 2, 3, 4, 11]],
  ['none where five take longer', [1, 2, 3, 4, 11.001], -1, []],
  ['the first five of more, which come in any order', [6, 5, 1, 4, 2, 3], -1, [1, 2, 3, 4, 5]],
  ['five after those of the last alert', [1, 2, 3, 4, 5, 21, 22, 23, 24, 25], 20, [21, 22, 23, 24, 25]],
  ['none where the last alert has one of them', [1, 2, 3, 4, 5], 1, []],
])('a burst is %s', (_, minutes, after, expected) => {
  expect(minutesOf(findBurst(refusalsAt(...minutes), after * MINUTE))).toEqual(expected);
});

it('a burst is found exactly where any five refusals are within ten minutes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40 * MINUTE), { maxLength: 12 }), (times) => {
      const countFrom = (start: number) => times.filter((at) => at >= start && at <= start + TEN_MINUTES_MS).length;
      const isDense = times.some((start) => countFrom(start) >= BURST);

      expect(findBurst(toRefusals(times), -1)).toHaveLength(isDense ? BURST : 0);
    }),
  );
});

it('forgets only refusals that are older than any alert needs and beyond the newest twenty', () => {
  const many = toRefusals(Array.from({ length: 30 }, (_, second) => second));

  expect(minutesOf(findStale(refusalsAt(0, 79.9, 80, 100)))).toEqual([0, 79.9]);
  expect(findStale(many)).toEqual(many.slice(0, 10));
});

it('what is forgotten never takes a burst away', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10 * MINUTE), { minLength: BURST, maxLength: 40 }), (times) => {
      const refusals = toRefusals(times);
      const stale = findStale(refusals);
      const kept = refusals.filter((refusal) => !stale.includes(refusal));

      expect(findBurst(kept, -1)).toHaveLength(BURST);
    }),
  );
});
