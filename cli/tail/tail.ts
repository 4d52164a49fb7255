import type { Activity, ActivityClass, RecordedEvent, StreamRecord } from '../../src/activity.ts';
import type { Config } from '../../src/config.ts';
import type { UnwrapDataKey } from '../../src/data-keys.ts';
import { encryptionContext } from '../../src/encryption-context.ts';
import { StageError } from '../../src/errors.ts';
import { decryptRecord, readContent } from '../../src/open-record.ts';
import { createActivityEntry } from '../../src/sinks/bus-entries.ts';
import { Failure } from '../failure.ts';
import type { DatabaseStream } from '../stream.ts';
import { followShards, type Shard } from './follow-shards.ts';
import type { KinesisStream } from './kinesis.ts';
import { readShard } from './read-shard.ts';

export interface Request {
  readonly stream: DatabaseStream;
  /** Null for what comes from now on. */
  readonly since: Date | null;
  /** Null for all of them. */
  readonly classes: ReadonlySet<ActivityClass> | null;
  /** In any case; null for all of them. */
  readonly user: string | null;
}

export interface Ports {
  readonly config: Config;
  readonly kinesis: KinesisStream;
  readonly unwrapDataKey: UnwrapDataKey;
  /** Shows an event, given as JSON text: the detail that the bus has. */
  readonly show: (detail: string) => Promise<void>;
  /** Says that a record is passed over. */
  readonly warn: (line: string) => void;
}

/**
 * Shows the events of a stream as they come. Ends when the stream does, which none does by itself, or throws: what the SDK
 * throws, a `Failure` where KMS gives no data key, and what the signal aborts with.
 */
export async function tail(request: Request, ports: Ports, signal: AbortSignal): Promise<void> {
  const { since, stream } = request;
  const { kinesis, config } = ports;
  const first = await kinesis.listShards(since);
  await followShards(first, (shard) => readShard(shard.shardId, positionOf(shard), kinesis, showRecords, signal));

  function positionOf(shard: Shard) {
    if (since !== null) return { at: since };
    // What a shard became has come after the beginning, all of it.
    return first.includes(shard) ? 'LATEST' : 'TRIM_HORIZON';
  }

  async function showRecords(records: readonly StreamRecord[]): Promise<void> {
    for (const record of records) {
      for (const event of await openOrWarn(record)) {
        if (isWanted(event.activity, request)) await ports.show(createActivityEntry(event, null, config).detail);
      }
    }
  }

  async function openOrWarn(record: StreamRecord): Promise<readonly RecordedEvent[]> {
    try {
      const decrypted = await decryptRecord(record, ports.unwrapDataKey, signal);
      if ('error' in decrypted) throw decrypted.error;
      return readContent(decrypted.compressed, record.origin, config.maxRecordBytes).events;
    } catch (cause) {
      if (!(cause instanceof StageError)) throw cause;
      if (cause.stage === 'data-key' && cause.retryable) throw withoutDataKeys(cause, stream);
      ports.warn(describeRefusal(record, cause));
      return [];
    }
  }
}

function isWanted({ class: activityClass, user }: Activity, { classes, user: wanted }: Request): boolean {
  if (classes !== null && !classes.has(activityClass)) return false;
  return wanted === null || user?.toLowerCase() === wanted.toLowerCase();
}

function withoutDataKeys({ code }: StageError, { resourceId }: DatabaseStream): Failure {
  if (!code.startsWith('AccessDenied')) return new Failure(code, 'KMS gives no data key, at every attempt.');
  const [[name, value] = []] = Object.entries(encryptionContext(resourceId));
  return new Failure(
    code,
    `KMS does not decrypt the stream's data keys. It takes kms:Decrypt on the key that the activity stream was started with, with the encryption context ${name}=${value}.`,
  );
}

function describeRefusal({ origin: { shardId, sequenceNumber } }: StreamRecord, { stage, reason, code }: StageError) {
  return `passed over: ${reason ?? 'NOT_OPENED'} (${code}) at ${stage}: ${shardId} ${sequenceNumber}`;
}
