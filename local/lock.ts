import { DatabaseSync } from 'node:sqlite';
import pRetry from 'p-retry';

/** SQLite's word for a lock that another holds. https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

/**
 * Does the work while no other process that takes the same lock does its own. `file` is made where it is missing, and
 * stays. The lock is the operating system's, which frees it when its owner dies.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    await pRetry(() => lock.exec('BEGIN EXCLUSIVE'), {
      retries: 10_000,
      factor: 1,
      minTimeout: 50,
      maxTimeout: 50,
      ...(signal && { signal }),
      shouldRetry: ({ error }) => (error as { readonly errcode?: number }).errcode === SQLITE_BUSY,
    });
    return await work();
  } finally {
    lock.close();
  }
}
