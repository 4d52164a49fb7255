import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withLock } from '../../../local/lock.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('whoever takes the same lock does its work alone, and the lock is gone afterwards, even after a failure', async () => {
  const lock = join(folder, 'lock');
  let [running, most] = [0, 0];
  const work = async (fails: boolean) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (fails) throw new Error('failed');
  };

  const done = await Promise.allSettled([false, true, false].map((fails) => withLock(lock, () => work(fails))));

  expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(most).toBe(1);
  await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
});
