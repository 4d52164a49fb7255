import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { packageService, type Template } from '../../local/package.ts';
import { REQUIRED } from '../support/stack.ts';

interface Work<Item> {
  readonly items: readonly Item[];
  /** How many items are taken: memory that all workers share. */
  readonly taken: Int32Array;
  readonly template: Template;
}

/**
 * Packages `serverless.yml`, and runs a file in one worker thread per processor until every item is taken. Calls `onResult`
 * with each result that a worker posts.
 */
export async function runInWorkers<Item, Result>(
  file: string,
  items: readonly Item[],
  onResult: (result: Result) => void,
): Promise<void> {
  const { template } = await packageService(REQUIRED);
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const run = async () => {
    const worker = new Worker(file, { workerData: { items, taken, template } satisfies Work<Item> });
    worker.on('message', onResult);
    const [status] = await once(worker, 'exit');
    if (status !== 0) throw new Error(`A worker ended with status ${status}`);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), items.length) }, run));
}

/** In a worker: yields the next item that no worker has taken, until none is left. */
export function* takeItems<Item>(): Generator<Item> {
  const { items, taken }: Work<Item> = workerData;
  for (let next = take(taken); next < items.length; next = take(taken)) yield items[next] as Item;
}

function take(taken: Int32Array): number {
  return Atomics.add(taken, 0, 1);
}

/** In a worker: the template that the service was packaged into. */
export function packagedTemplate(): Template {
  return (workerData as Work<unknown>).template;
}

/** In a worker: hands a result to the main thread. */
export function postResult<Result>(result: Result): void {
  parentPort?.postMessage(result);
}
