import pRetry from 'p-retry';
import { Failure } from '../failure.ts';
import type { DeliveredRecord } from './deliveries.ts';

/** What the function answered, and the end of its log. */
export interface Answered {
  readonly response: unknown;
  /** Up to 4 KB. */
  readonly logTail: Uint8Array;
}

/** Hands records to the function. Throws a `Failure` where it failed as a whole, else what the SDK throws. */
export type Invoke = (records: readonly DeliveredRecord[]) => Promise<Answered>;

/** A service that the function needs may be throttled for a moment; what lasts longer is for the operator. */
const RETRY = { retries: 3, minTimeout: 500, randomize: true };

/**
 * Hands records to the function until all of them are durable; answers the end of the last invocation's log. Throws a
 * `Failure` where the first of the rest was refused several times in a row.
 */
export async function sendRecords(records: readonly DeliveredRecord[], invoke: Invoke): Promise<Uint8Array> {
  let rest = records;
  for (;;) {
    const { durable, logTail } = await pRetry(() => sendOnce(rest, invoke), {
      ...RETRY,
      shouldRetry: ({ error }) => error instanceof Failure && error.code === 'NOT_DURABLE',
    });
    rest = rest.slice(durable);
    if (rest.length === 0) return logTail;
  }
}

async function sendOnce(records: readonly DeliveredRecord[], invoke: Invoke) {
  const { response, logTail } = await invoke(records);
  const durable = countDurable(response, records);
  if (durable === 0) throw new Failure('NOT_DURABLE');
  return { durable, logTail };
}

/**
 * How many records, from the first on, the function says are durable. Stricter than Lambda, which takes any answer without
 * failures for success: what is marked is never sent again, so the answer must be the function's own.
 */
export function countDurable(response: unknown, records: readonly DeliveredRecord[]): number {
  const { batchItemFailures: failures } = (response ?? {}) as { readonly batchItemFailures?: unknown };
  if (!Array.isArray(failures)) throw new Failure('ANSWER_INVALID');
  const positions = failures.map((failure: unknown) => {
    const { itemIdentifier } = (failure ?? {}) as { readonly itemIdentifier?: unknown };
    const position = records.findIndex(({ kinesis }) => kinesis.sequenceNumber === itemIdentifier);
    if (position === -1) throw new Failure('ANSWER_INVALID');
    return position;
  });
  return Math.min(records.length, ...positions);
}
