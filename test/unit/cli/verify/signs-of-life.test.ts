import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSignsOfLife, type Stretch } from '../../../../cli/verify/signs-of-life.ts';

const SILENCE = 10;
const WINDOW = { from: 100, to: 200 };

function gapsOf(signs: readonly Stretch[], window = WINDOW): readonly Stretch[] {
  const known = createSignsOfLife(SILENCE);
  for (const sign of signs) known.add(sign);
  return known.gaps(window);
}

const stretch = (from: number, to = from): Stretch => ({ from, to });

/** The same said slowly: every moment, and how far it is from the last sign. */
function gapsMomentByMoment(signs: readonly Stretch[]): readonly Stretch[] {
  const isAlive = (at: number) => signs.some(({ from, to }) => from <= at && at <= to);
  const gaps: Stretch[] = [];
  let last = WINDOW.from;
  for (let at = WINDOW.from; at <= WINDOW.to; at++) {
    if (!isAlive(at) && at !== WINDOW.to) continue;
    if (at - last > SILENCE) gaps.push(stretch(last, at));
    last = at;
  }
  return gaps;
}

describe('the gaps between signs of life', () => {
  it('are the same in whatever order the signs come, and those of every moment', () => {
    const sign = fc
      .tuple(fc.integer({ min: 60, max: 240 }), fc.oneof(fc.integer({ min: 0, max: 15 }), fc.constant(100)))
      .map(([from, length]) => stretch(from, from + length));
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 12 }), (signs) => {
        expect(gapsOf(signs)).toEqual(gapsMomentByMoment(signs));
        expect(gapsOf([...signs].reverse())).toEqual(gapsOf(signs));
      }),
      { numRuns: 1000 },
    );
  });
});
