import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../../cli/failure.ts';
import { readHeartbeats } from '../../../../cli/verify/heartbeats.ts';
import { errorOf } from '../../../support/activity.ts';

describe('heartbeats', () => {
  it.each([
    ['', []],
    ['db-A=1000-2000', [{ instanceId: 'db-A', first: 1000, last: 2000 }]],
    [
      'db-A=5-5  db-B=1-9',
      [
        { instanceId: 'db-A', first: 5, last: 5 },
        { instanceId: 'db-B', first: 1, last: 9 },
      ],
    ],
  ])('are read instance by instance: %s', (text, heartbeats) => {
    expect(readHeartbeats(text)).toEqual(heartbeats);
  });

  it.each(['db-A', 'db-A=', 'db-A=5', 'db-A=9-5', '=1-2', 'db-A=1-2x', 'db-A=1-2,db-B=1-2'])(
    'that cannot be read are refused: %s',
    (text) => {
      expect(codeOf(errorOf(() => readHeartbeats(text)))).toBe('HEARTBEATS_INVALID');
    },
  );
});
