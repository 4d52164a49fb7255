import { setTimeout as wait } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { countAcknowledged } from './batch-response.ts';

/** The mapping's settings, in CloudFormation's words. */
export interface MappingSettings {
  readonly EventSourceArn: string;
  readonly BatchSize: number;
  readonly MaximumBatchingWindowInSeconds: number;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly StartingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly FunctionResponseTypes: readonly string[];
}

export interface MappingPorts {
  readonly kinesis: KinesisClient;
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Told of records that are behind the checkpoint now. */
  readonly onAcknowledged: (sequenceNumbers: readonly string[]) => void;
  /** Told of records that were given up: their attempts or their age ran out. */
  readonly onDiscarded: (sequenceNumbers: readonly string[]) => void;
}

interface Shard {
  readonly streamArn: string;
  readonly shardId: string;
}

/** Lambda's limit for the payload of an invocation. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** What Lambda puts around a record's data, about. */
const RECORD_OVERHEAD_BYTES = 600;
const IDLE_POLL_MS = 200;
const BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;

/**
 * Delivers a stream's records to a function as Lambda's event source mapping does, until the signal aborts: a poller for
 * each shard, batches, partial responses, bisection, checkpoints.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
export async function runMapping(settings: MappingSettings, ports: MappingPorts, signal: AbortSignal): Promise<void> {
  const { EventSourceArn: streamArn } = settings;
  const { Shards: shards = [] } = await ports.kinesis.send(new ListShardsCommand(nameStream(streamArn)));
  await Promise.all(
    shards.map(async ({ ShardId: shardId = '' }) => {
      for await (const batch of readBatches({ streamArn, shardId }, settings, ports.kinesis, signal)) {
        await deliver(batch, { streamArn, shardId }, settings, ports, signal);
      }
    }),
  );
}

/** A shard's records in batches: each ends at its size, its window, or the limit of a payload. */
async function* readBatches(
  { streamArn, shardId }: Shard,
  settings: MappingSettings,
  kinesis: KinesisClient,
  signal: AbortSignal,
): AsyncGenerator<readonly KinesisRecord[]> {
  const request = { ...nameStream(streamArn), ShardId: shardId, ShardIteratorType: settings.StartingPosition };
  let { ShardIterator: iterator } = await kinesis.send(new GetShardIteratorCommand(request));
  let batch: KinesisRecord[] = [];
  let bytes = 0;
  let windowEnd = 0;
  while (!signal.aborted && iterator !== undefined) {
    const found = await kinesis.send(
      new GetRecordsCommand({ StreamARN: streamArn, ShardIterator: iterator, Limit: settings.BatchSize }),
    );
    iterator = found.NextShardIterator;
    const records = found.Records ?? [];
    for (const record of records) {
      const size = payloadBytes(record);
      if (batch.length > 0 && (batch.length === settings.BatchSize || bytes + size > MAX_PAYLOAD_BYTES)) {
        yield batch;
        batch = [];
      }
      if (batch.length === 0) {
        bytes = 0;
        windowEnd = Date.now() + settings.MaximumBatchingWindowInSeconds * 1000;
      }
      batch.push(record);
      bytes += size;
    }
    if (batch.length > 0 && Date.now() >= windowEnd) {
      yield batch;
      batch = [];
    }
    if (records.length === 0) await pause(IDLE_POLL_MS, signal);
  }
}

/** Invokes the function until every record of the batch is acknowledged or given up. */
async function deliver(
  batch: readonly KinesisRecord[],
  shard: Shard,
  settings: MappingSettings,
  { invoke, onAcknowledged, onDiscarded }: MappingPorts,
  signal: AbortSignal,
): Promise<void> {
  const pending = [{ records: batch, attempts: 0 }];
  for (let part = pending.shift(); part !== undefined && !signal.aborted; part = pending.shift()) {
    const { records, attempts } = part;
    const kept =
      attempts > limit(settings.MaximumRetryAttempts) ? [] : records.filter((record) => isYoung(record, settings));
    onDiscarded(sequenceNumbers(records.filter((record) => !kept.includes(record))));
    if (kept.length === 0) continue;

    const response = await invoke(toEvent(kept, shard)).catch(() => FUNCTION_ERROR);
    const failed = response === FUNCTION_ERROR;
    const acknowledged = failed ? 0 : acknowledgedBy(response, kept, settings);
    onAcknowledged(sequenceNumbers(kept.slice(0, acknowledged)));
    const rest = kept.slice(acknowledged);
    if (rest.length === 0) continue;

    if (failed && settings.BisectBatchOnFunctionError && rest.length > 1) {
      // Halving a batch costs no attempt.
      const middle = Math.ceil(rest.length / 2);
      pending.unshift({ records: rest.slice(0, middle), attempts }, { records: rest.slice(middle), attempts });
    } else {
      // Progress gives the rest a fresh budget of attempts.
      pending.unshift({ records: rest, attempts: acknowledged > 0 ? 0 : attempts + 1 });
      await pause(Math.min(BACK_OFF_MS * 2 ** attempts, MAX_BACK_OFF_MS), signal);
    }
  }
}

const FUNCTION_ERROR = Symbol('function error');

function acknowledgedBy(response: unknown, records: readonly KinesisRecord[], settings: MappingSettings): number {
  if (!settings.FunctionResponseTypes.includes('ReportBatchItemFailures')) return records.length;
  return countAcknowledged(response, sequenceNumbers(records));
}

/** Records as Lambda delivers them. */
export function toEvent(records: readonly KinesisRecord[], { streamArn, shardId }: Shard) {
  return {
    Records: records.map((record) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.PartitionKey,
        sequenceNumber: record.SequenceNumber,
        data: Buffer.from(record.Data ?? []).toString('base64'),
        approximateArrivalTimestamp: Number(record.ApproximateArrivalTimestamp) / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${record.SequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: 'arn:aws:iam::000000000000:role/das-router',
      awsRegion: streamArn.split(':')[3],
      eventSourceARN: streamArn,
    })),
  };
}

// By its name, since moto makes no iterator out of an ARN.
function nameStream(streamArn: string) {
  return { StreamName: streamArn.slice(streamArn.indexOf('/') + 1) };
}

function payloadBytes({ Data: data }: KinesisRecord): number {
  return Math.ceil((data?.length ?? 0) / 3) * 4 + RECORD_OVERHEAD_BYTES;
}

function isYoung({ ApproximateArrivalTimestamp: arrival }: KinesisRecord, settings: MappingSettings): boolean {
  return (Date.now() - Number(arrival)) / 1000 <= limit(settings.MaximumRecordAgeInSeconds);
}

/** Lambda takes -1, and nothing, for no limit. */
function limit(setting: number | undefined): number {
  return setting === undefined || setting === -1 ? Number.POSITIVE_INFINITY : setting;
}

function sequenceNumbers(records: readonly KinesisRecord[]): readonly string[] {
  return records.map(({ SequenceNumber: sequenceNumber = '' }) => sequenceNumber);
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}
