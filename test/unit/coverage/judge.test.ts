import { describe, expect, it } from 'vitest';
import { judge } from '../../coverage/judge.ts';

const THROWN = { file: 'src/a.ts', number: 7, text: 'throw cause;' };
const RETURNED = { file: 'src/a.ts', number: 9, text: 'return null;' };
const ELSEWHERE = { ...THROWN, file: 'src/b.ts' };
const LINE = { file: 'src/a.ts', line: 'throw cause;', reason: 'It cannot fail.' };
const FILE = { file: 'src/a.ts', reason: 'It runs elsewhere.' };

describe('of the lines that no test reaches', () => {
  it.each([
    ['all remain without an exception', [THROWN, RETURNED], [], [THROWN, RETURNED], []],
    [
      'an exception for a line excuses it, wherever it is',
      [{ ...THROWN, number: 8 }, RETURNED],
      [LINE],
      [RETURNED],
      [],
    ],
    ['an exception for a file excuses all of them', [THROWN, RETURNED], [FILE], [], []],
    [
      'an exception of another file excuses none, and is needless',
      [ELSEWHERE],
      [LINE, FILE],
      [ELSEWHERE],
      [LINE, FILE],
    ],
    ['an exception for a line that is reached is needless', [RETURNED], [LINE], [RETURNED], [LINE]],
  ])('%s', (_what, lines, exceptions, unreached, needless) => {
    expect(judge(lines, exceptions)).toEqual({ unreached, needless });
  });
});
