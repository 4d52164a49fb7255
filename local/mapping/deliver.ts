import type { Clock } from '../clock.ts';
import { countAcknowledged } from './batch-response.ts';
import { type EventRecord, sequenceNumbersOf } from './event-records.ts';
import { createFailureObject, type FailureCondition, type FailureObject } from './failure-object.ts';
import { limit, type MappingSettings } from './settings.ts';

/** Lambda had no room for the invocation: the function was not called. */
export class ThrottledError extends Error {
  override readonly name = 'ThrottledError';
}

/** What may happen to an invocation on Lambda's own side. */
export type Disturbance = 'lost response' | 'second delivery' | 'poller restart';

export interface DeliveryPorts {
  readonly clock: Clock;
  readonly mappingId: string;
  readonly functionArn: string;
  /** Rejects with a `ThrottledError` where the function was not called, with any other error where it failed. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Asked at each invocation; absent where nothing happens. */
  readonly disturb?: () => Disturbance | null;
  /** The on-failure destination, where there is one. */
  readonly writeFailure?: (failure: FailureObject) => Promise<void>;
  /** Told of records that the function has acknowledged. */
  readonly onAcknowledged: (sequenceNumbers: readonly string[]) => void;
  /** Told of records that were given up: their attempts or their age ran out. */
  readonly onDiscarded: (sequenceNumbers: readonly string[]) => void;
}

/** One shard's reader at work; `signal` says that it was stopped or that another took over. */
export interface Poller {
  readonly streamArn: string;
  readonly shardId: string;
  readonly signal: AbortSignal;
  /** Ends this reader, so that another begins at the checkpoint. */
  readonly restart: () => void;
  /** Records that need not be delivered again. */
  readonly settle: (sequenceNumbers: readonly string[]) => void;
}

interface Part {
  readonly records: readonly EventRecord[];
  /** Invocations that got nowhere since the last progress. */
  readonly attempts: number;
  readonly invocations: number;
  readonly functionError: boolean;
}

type Outcome =
  | { readonly kind: 'answered'; readonly response: unknown }
  | { readonly kind: 'failed' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'abandoned' };

const BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;

/** Invokes the function until every record of the batch is acknowledged or given up, or the poller has ended. */
export async function deliver(
  batch: readonly EventRecord[],
  poller: Poller,
  settings: MappingSettings,
  ports: DeliveryPorts,
): Promise<void> {
  const pending: Part[] = [{ records: batch, attempts: 0, invocations: 0, functionError: false }];
  for (let part = pending.shift(); part !== undefined && !poller.signal.aborted; part = pending.shift()) {
    const kept = await keepDeliverable(part, poller, settings, ports);
    if (kept.length === 0) continue;

    const outcome = await invoke(kept, poller, ports);
    if (poller.signal.aborted || outcome.kind === 'abandoned') return;
    if (outcome.kind === 'throttled') {
      // It costs no attempt: only the records' age ends it.
      pending.unshift({ ...part, records: kept });
      await ports.clock.sleep(MAX_BACK_OFF_MS, poller.signal);
      continue;
    }
    const failed = outcome.kind === 'failed';
    const acknowledged = outcome.kind === 'answered' ? acknowledgedBy(outcome.response, kept, settings) : 0;
    const done = sequenceNumbersOf(kept.slice(0, acknowledged));
    poller.settle(done);
    ports.onAcknowledged(done);
    const rest = kept.slice(acknowledged);
    if (rest.length === 0) continue;

    const invocations = part.invocations + 1;
    if (failed && settings.BisectBatchOnFunctionError && rest.length > 1) {
      // Halving a batch costs no attempt.
      const middle = Math.ceil(rest.length / 2);
      const half = { attempts: part.attempts, invocations, functionError: true };
      pending.unshift({ ...half, records: rest.slice(0, middle) }, { ...half, records: rest.slice(middle) });
    } else {
      // Progress gives the rest a fresh budget of attempts.
      const attempts = acknowledged > 0 ? 0 : part.attempts + 1;
      pending.unshift({ records: rest, attempts, invocations, functionError: failed });
    }
    await ports.clock.sleep(Math.min(BACK_OFF_MS * 2 ** part.attempts, MAX_BACK_OFF_MS), poller.signal);
  }
}

/** Gives up what is too old, and everything when the attempts are used up; answers the rest. */
async function keepDeliverable(
  part: Part,
  poller: Poller,
  settings: MappingSettings,
  ports: DeliveryPorts,
): Promise<readonly EventRecord[]> {
  async function giveUp(records: readonly EventRecord[], condition: FailureCondition): Promise<void> {
    const [first, ...others] = records;
    if (first === undefined) return;
    const { invocations, functionError } = part;
    const givenUp = { records: [first, ...others], condition, invocations, functionError } as const;
    await ports.writeFailure?.(createFailureObject(givenUp, { ...poller, ...ports }, ports.clock.now()));
    const done = sequenceNumbersOf(records);
    poller.settle(done);
    ports.onDiscarded(done);
  }

  const oldest = ports.clock.now() - limit(settings.MaximumRecordAgeInSeconds) * 1000;
  const { old = [], young = [] } = Object.groupBy(part.records, ({ kinesis }) =>
    kinesis.approximateArrivalTimestamp * 1000 < oldest ? 'old' : 'young',
  );
  await giveUp(old, 'RecordAgeExceeded');
  if (part.attempts <= limit(settings.MaximumRetryAttempts)) return young;
  await giveUp(young, 'RetryAttemptsExhausted');
  return [];
}

async function invoke(records: readonly EventRecord[], poller: Poller, ports: DeliveryPorts): Promise<Outcome> {
  const call = () =>
    ports.invoke({ Records: records }).then(
      (response): Outcome => ({ kind: 'answered', response }),
      (error: unknown): Outcome => ({ kind: error instanceof ThrottledError ? 'throttled' : 'failed' }),
    );
  const invoked = call();
  const disturbance = ports.disturb?.() ?? null;
  if (disturbance === 'second delivery') void call();
  if (disturbance === 'poller restart') poller.restart();
  const answered = new AbortController();
  const outcome = await Promise.race([invoked, whenAborted(poller.signal, answered.signal)]);
  answered.abort();
  return disturbance === 'lost response' && outcome.kind === 'answered' ? { kind: 'failed' } : outcome;
}

function acknowledgedBy(response: unknown, records: readonly EventRecord[], settings: MappingSettings): number {
  if (!settings.FunctionResponseTypes.includes('ReportBatchItemFailures')) return records.length;
  return countAcknowledged(response, sequenceNumbersOf(records));
}

/** `over` ends the waiting: a poller's signal lives as long as its shard. */
function whenAborted(signal: AbortSignal, over: AbortSignal): Promise<Outcome> {
  const abandoned: Outcome = { kind: 'abandoned' };
  if (signal.aborted) return Promise.resolve(abandoned);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(abandoned), { signal: over }));
}
