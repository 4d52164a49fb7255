import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSignsOfLife, type Stretch } from '../../../../cli/verify/signs-of-life.ts';

const SILENCE = 10;
const WINDOW = { from: 100, to: 200 };

function gapsOf(signs: readonly Stretch[]): readonly Stretch[] {
  const known = createSignsOfLife(SILENCE);
  for (const sign of signs) known.add(sign);
  return known.gaps(WINDOW);
}

/** The same computed slowly: for every moment, how far it is from the last sign. */
function gapsMomentByMoment(signs: readonly Stretch[]): readonly Stretch[] {
  const gaps: Stretch[] = [];
  let last = WINDOW.from;
  for (let at = WINDOW.from; at <= WINDOW.to; at++) {
    if (at !== WINDOW.to && !signs.some(({ from, to }) => from <= at && at <= to)) continue;
    if (at - last > SILENCE) gaps.push({ from: last, to: at });
    last = at;
  }
  return gaps;
}

it('the gaps between signs of life are those of every moment, in whatever order the signs come', () => {
  const sign = fc
    .tuple(fc.integer({ min: 60, max: 240 }), fc.oneof(fc.integer({ min: 0, max: 15 }), fc.constant(100)))
    .map(([from, length]) => ({ from, to: from + length }));
  const property = fc.property(fc.array(sign, { maxLength: 12 }), (signs) => {
    expect(gapsOf(signs)).toEqual(gapsMomentByMoment(signs));
    expect(gapsOf(signs.toReversed())).toEqual(gapsOf(signs));
  });
  fc.assert(property, { numRuns: 1000 });
});
