import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import pRetry from 'p-retry';
import type { Config } from '../config.ts';
import { StageError, toStageError } from '../errors.ts';
import type { Telemetry } from '../telemetry.ts';
import { type BusEntry, batchEntries } from './bus-entries.ts';
import { eachInParallel } from './each-in-parallel.ts';

/**
 * Publishes entries; answers those that EventBridge can never accept, in their order. Throws a retryable `StageError` when any other
 * was not accepted in the end.
 */
export type Publish = (entries: readonly BusEntry[], signal: AbortSignal) => Promise<readonly BusEntry[]>;

/** The entry itself is at fault. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const REFUSALS = new Set(['MalformedDetail', 'InvalidArgument']);

export function createPublish(eventBridge: EventBridgeClient, config: Config, telemetry: Telemetry): Publish {
  async function putBatch(batch: readonly BusEntry[], signal: AbortSignal, refused: Set<BusEntry>): Promise<void> {
    let pending = batch;

    async function putPending({ isRetry }: { isRetry: boolean }): Promise<void> {
      if (isRetry) telemetry.publishRetried(pending.length);
      const request = new PutEventsCommand({ Entries: pending.map((entry) => toRequestEntry(entry, config)) });
      const { Entries: answers = [] } = await eventBridge.send(request, { abortSignal: signal });
      // HTTP 200 with failed entries is normal. They answer in order; one without an answer counts as failed.
      let failure: string | null = null;
      pending = pending.filter((entry, position) => {
        const answer = answers[position];
        if (answer !== undefined && answer.ErrorCode === undefined) return false;
        const code = answer?.ErrorCode ?? 'NoAnswer';
        if (REFUSALS.has(code)) {
          telemetry.entryRefused(entry.origin, code);
          refused.add(entry);
          return false;
        }
        failure ??= code;
        return true;
      });
      if (failure !== null) throw new StageError('publish', null, failure);
    }

    await pRetry((attempt) => putPending({ isRetry: attempt > 1 }), {
      retries: 5,
      minTimeout: 100,
      maxTimeout: 2000,
      randomize: true,
      signal,
      // The SDK has retried a failed call already.
      shouldRetry: ({ error }) => error instanceof StageError,
    });
  }

  return async (entries, signal) => {
    const refused = new Set<BusEntry>();
    try {
      await eachInParallel(batchEntries(entries), (batch) => putBatch(batch, signal, refused));
    } catch (cause) {
      throw toStageError('publish', cause);
    }
    // Calls are answered in any order, and what is archived of these must not depend on it.
    return entries.filter((entry) => refused.has(entry));
  };
}

function toRequestEntry({ detailType, detail, time, origin }: BusEntry, config: Config): PutEventsRequestEntry {
  return {
    EventBusName: config.eventBusName,
    Source: config.eventSource,
    DetailType: detailType,
    Detail: detail,
    Time: time,
    Resources: [origin.streamArn],
  };
}
