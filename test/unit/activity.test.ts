import { expect, it } from 'vitest';
import { ACTIVITY_CLASSES, STATEMENT_CLASSES } from '../../src/activity.ts';

it('every class is that of a statement, or of a session, a refused login or an error', () => {
  const others = ['CONNECT', 'DISCONNECT', 'AUTH_FAILURE', 'ERROR'];

  expect([...ACTIVITY_CLASSES].sort()).toEqual([...STATEMENT_CLASSES, ...others].sort());
});
