import { describe, expect, it } from 'vitest';
import type { Exception } from '../../coverage/exceptions.ts';
import { judge, type UnreachedLine } from '../../coverage/judge.ts';

const THROWN: UnreachedLine = { file: 'src/a.ts', number: 7, text: 'throw cause;' };
const RETURNED: UnreachedLine = { file: 'src/a.ts', number: 9, text: 'return null;' };
const LINE: Exception = { file: 'src/a.ts', line: 'throw cause;', reason: 'It cannot fail.' };
const FILE: Exception = { file: 'src/a.ts', reason: 'It runs elsewhere.' };

describe('of what no test reaches', () => {
  it.each<[string, readonly UnreachedLine[], readonly Exception[], readonly UnreachedLine[]]>([
    ['every line stands where there is no exception', [THROWN, RETURNED], [], [THROWN, RETURNED]],
    [
      'an exception for a line lets that one pass, wherever it is',
      [{ ...THROWN, number: 8 }, RETURNED],
      [LINE],
      [RETURNED],
    ],
    ['an exception for a file lets all of it pass', [THROWN, RETURNED], [FILE], []],
    [
      'an exception is for no other file',
      [{ ...THROWN, file: 'src/b.ts' }],
      [LINE, FILE],
      [{ ...THROWN, file: 'src/b.ts' }],
    ],
  ])('%s', (_, unreached, exceptions, expected) => {
    expect(judge(unreached, exceptions).unreached).toEqual(expected);
  });
});

describe('an exception', () => {
  it.each([LINE, FILE])('is needless once all that it is for is reached', (exception) => {
    const elsewhere = { ...RETURNED, file: 'src/b.ts' };

    expect(judge([elsewhere], [exception]).needless).toEqual([exception]);
  });

  it.each([LINE, FILE])('is not while something needs it', (exception) => {
    expect(judge([THROWN, RETURNED], [exception]).needless).toEqual([]);
  });
});
