import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { withLock } from '../../../local/lock.ts';

const MODULE = new URL('../../../local/lock.ts', import.meta.url).href;

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  lock = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that takes the lock and keeps it. */
async function startOwner() {
  const program = `import { withLock } from '${MODULE}';
    await withLock('${lock}', () => new Promise(() => { console.log('taken'); setInterval(() => {}, 1000); }));`;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  onTestFinished(() => void owner.kill('SIGKILL'));
  const [printed] = await Promise.race([once(owner.stdout, 'data'), once(owner.stderr, 'data')]);
  expect(String(printed)).toBe('taken\n');
  return owner;
}

it('whoever takes the same lock does its work alone, and frees it, even after a failure', async () => {
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
});

it('an owner that is killed frees it', async () => {
  const owner = await startOwner();
  const waiting = withLock(lock, async () => 'mine');

  owner.kill('SIGKILL');

  expect(await waiting).toBe('mine');
});

it('who gives up while another process holds it never begins, and who gives up as it is taken frees it', async () => {
  const owner = await startOwner();
  const stop = new AbortController();
  let begun = false;
  const begin = async () => {
    begun = true;
  };
  const waiting = withLock(lock, begin, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
  owner.kill('SIGKILL');

  const late = new AbortController();
  const taking = withLock(lock, begin, late.signal);
  late.abort();

  await expect(taking).rejects.toThrow('aborted');
  expect(begun).toBe(false);
  await expect(withLock(lock, async () => 'free')).resolves.toBe('free');
});
