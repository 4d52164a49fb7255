import pMap from 'p-map';

const CONCURRENCY = 8;

/**
 * Does the work for each item, several at a time. After a failure it begins no more, waits for what has begun, and
 * throws: nothing is still under way when the handler answers.
 */
export async function eachInParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  await pMap(
    items,
    async (item) => {
      if (failures.length > 0) return;
      await work(item).catch((cause: unknown) => failures.push(cause));
    },
    { concurrency: CONCURRENCY },
  );
  if (failures.length > 0) throw failures[0];
}
