import { mkdir, rmdir, stat } from 'node:fs/promises';
import pRetry from 'p-retry';

/** A lock whose owner has died is taken over after so long. */
const STALE_MS = 120_000;

/** Does the work while no other process that takes the same lock does its own. `folder` is made and removed. */
export async function withLock<T>(folder: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  await pRetry(() => take(folder), {
    retries: 10_000,
    factor: 1,
    minTimeout: 50,
    maxTimeout: 50,
    ...(signal && { signal }),
    shouldRetry: ({ error }) => (error as NodeJS.ErrnoException).code === 'EEXIST',
  });
  try {
    return await work();
  } finally {
    await rmdir(folder);
  }
}

async function take(folder: string): Promise<void> {
  const made = await stat(folder).catch(() => null);
  if (made !== null && Date.now() - made.mtimeMs > STALE_MS) await rmdir(folder).catch(() => undefined);
  await mkdir(folder);
}
