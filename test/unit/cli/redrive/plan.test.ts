import { describe, expect, it } from 'vitest';
import type { KeptObject } from '../../../../cli/redrive/deliveries.ts';
import { planRedrive } from '../../../../cli/redrive/plan.ts';

/** `day/name` is an object; all else is none. */
function readKey(key: string): KeptObject | null {
  const [day = '', name] = key.split('/');
  return name === undefined ? null : { key, day, cause: null };
}

const KEYS = ['2026-02-28/a', '2026-03-01/b', '2026-03-01/c', '2026-03-02/d', 'strange'];
const MARKED = new Set(['2026-02-28/a', '2026-03-01/c']);

describe('the plan of a redrive', () => {
  it.each([
    [null, ['2026-03-01/b', '2026-03-02/d'], ['2026-02-28/a', '2026-03-01/c']],
    ['2026-03-01', ['2026-03-01/b', '2026-03-02/d'], ['2026-03-01/c']],
    ['2026-03-02', ['2026-03-02/d'], []],
    ['2026-03-03', [], []],
  ])('since %s sends what has no mark, and names what does not belong there', (since, toSend, marked) => {
    const plan = planRedrive(KEYS, MARKED, since, readKey);

    expect(plan.toSend.map(({ key }) => key)).toEqual(toSend);
    expect(plan.marked.map(({ key }) => key)).toEqual(marked);
    expect(plan.strange).toEqual(['strange']);
  });
});
