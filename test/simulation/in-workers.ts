import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/**
 * Runs a file in a worker thread on each processor until all turns, numbered from 0, are taken. Calls `onResult` with every
 * message that a worker posts.
 */
export async function runInWorkers<Result>(
  file: string,
  turns: number,
  onResult: (result: Result) => void,
): Promise<void> {
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const start = async () => {
    const worker = new Worker(file, { workerData: { taken, turns } });
    worker.on('message', onResult);
    const [status] = await once(worker, 'exit');
    if (status !== 0) throw new Error(`A worker ended with status ${status}`);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), turns) }, start));
}

/** In a worker: takes the next turn that no worker has taken, until none is left. */
export function* takeTurns(): Generator<number> {
  const { taken, turns }: { readonly taken: Int32Array; readonly turns: number } = workerData;
  for (let turn = Atomics.add(taken, 0, 1); turn < turns; turn = Atomics.add(taken, 0, 1)) yield turn;
}

/** In a worker: hands a result to the main thread. */
export function postResult<Result>(result: Result): void {
  parentPort?.postMessage(result);
}
