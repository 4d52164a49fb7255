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
  it.each<[string, readonly Stretch[], readonly Stretch[]]>([
    ['no sign', [], [stretch(100, 200)]],
    ['a sign all along', [stretch(100, 200)], []],
    ['a sign beyond both ends', [stretch(0, 999)], []],
    ['silence at both ends that is allowed', [stretch(110, 190)], []],
    ['silence at both ends that is not', [stretch(111, 189)], [stretch(100, 111), stretch(189, 200)]],
    ['silence in between that is allowed', [stretch(100, 150), stretch(160, 200)], []],
    ['silence in between that is not', [stretch(161, 200), stretch(100, 150)], [stretch(150, 161)]],
    ['signs on other days', [stretch(0, 50), stretch(250, 300)], [stretch(100, 200)]],
    ['moments that come close together', Array.from({ length: 11 }, (_, index) => stretch(200 - index * 10)), []],
  ])('%s', (_what, signs, gaps) => {
    expect(gapsOf(signs)).toEqual(gaps);
  });

  it('are the same in whatever order the signs come, and those of every moment', () => {
    const sign = fc
      .tuple(fc.integer({ min: 80, max: 220 }), fc.integer({ min: 0, max: 15 }))
      .map(([from, length]) => stretch(from, from + length));
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 12 }), (signs) => {
        expect(gapsOf(signs)).toEqual(gapsMomentByMoment(signs));
        expect(gapsOf([...signs].reverse())).toEqual(gapsOf(signs));
      }),
    );
  });
});
