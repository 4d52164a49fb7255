import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BURST, findBurst, findStale, type Refusal, TEN_MINUTES_MS } from '../burst.ts';

const MINUTE = 60_000;
const refusalsAt = (...minutes: readonly number[]): readonly Refusal[] =>
  minutes.map((minute, index) => ({ at: minute * MINUTE, eventId: `event-${index}` }));
const minutesOf = (refusals: readonly Refusal[]) => refusals.map(({ at }) => at / MINUTE);

describe('a burst', () => {
  it.each<[string, readonly number[], number, readonly number[]]>([
    ['five refusals within ten minutes', [1, 2, 3, 4, 11], -1, [1, 2, 3, 4, 11]],
    ['five at once', [3, 3, 3, 3, 3], -1, [3, 3, 3, 3, 3]],
    ['the first five of more', [1, 2, 3, 4, 5, 6], -1, [1, 2, 3, 4, 5]],
    ['five across the turn of any clock', [8, 9, 10, 11, 12], -1, [8, 9, 10, 11, 12]],
    ['five that came in any order', [5, 1, 4, 2, 3], -1, [1, 2, 3, 4, 5]],
    ['five behind those of the last alert', [1, 2, 3, 4, 5, 21, 22, 23, 24, 25], 20, [21, 22, 23, 24, 25]],
  ])('is %s', (_, minutes, after, expected) => {
    expect(minutesOf(findBurst(refusalsAt(...minutes), after * MINUTE))).toEqual(expected);
  });

  it.each<[string, readonly number[], number]>([
    ['four refusals', [1, 2, 3, 4], -1],
    ['five in more than ten minutes', [1, 2, 3, 4, 11.001], -1],
    ['one every three minutes', [0, 3, 6, 9, 12, 15, 18], -1],
    ['five that an alert has named already', [1, 2, 3, 4, 5], 15],
    ['nothing', [], -1],
  ])('is not %s', (_, minutes, after) => {
    expect(findBurst(refusalsAt(...minutes), after * MINUTE)).toEqual([]);
  });

  it('is found exactly where any five lie within ten minutes', () => {
    const times = fc.array(fc.integer({ min: 0, max: 40 * MINUTE }), { maxLength: 12 });

    fc.assert(
      fc.property(times, (at) => {
        const refusals = at.map((time, index) => ({ at: time, eventId: `event-${index}` }));

        const densest = Math.max(
          0,
          ...at.map((start) => at.filter((time) => time >= start && time <= start + TEN_MINUTES_MS).length),
        );

        expect(findBurst(refusals, -1).length).toBe(densest >= BURST ? BURST : 0);
      }),
    );
  });
});

describe('what is forgotten', () => {
  it('is older than any alert needs, and beyond the newest twenty', () => {
    const many = refusalsAt(...Array.from({ length: 30 }, (_, index) => 100 + index / 10));

    expect(findStale(refusalsAt(0, 79.9, 80, 100)).map(({ at }) => at / MINUTE)).toEqual([0, 79.9]);
    expect(findStale(many)).toEqual(many.slice(0, 10));
    expect(findStale([])).toEqual([]);
  });

  it('never takes a burst away', () => {
    const times = fc.array(fc.integer({ min: 0, max: 10 * MINUTE }), { minLength: BURST, maxLength: 40 });

    fc.assert(
      fc.property(times, (at) => {
        const refusals = at.map((time, index) => ({ at: time, eventId: `event-${index}` }));
        const stale = new Set(findStale(refusals));

        expect(
          findBurst(
            refusals.filter((refusal) => !stale.has(refusal)),
            -1,
          ),
        ).toHaveLength(BURST);
      }),
    );
  });
});
