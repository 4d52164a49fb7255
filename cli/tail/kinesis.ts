import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import type { StreamRecord } from '../../src/activity.ts';
import type { DatabaseStream } from '../stream.ts';
import type { Shard } from './follow-shards.ts';

/** Where a shard's reader begins: with what comes from now on, with the oldest, at a time, or behind a record. */
export type Position = 'LATEST' | 'TRIM_HORIZON' | { readonly at: Date } | { readonly after: string };

/** What a shard gave at once. */
export interface Page {
  readonly records: readonly StreamRecord[];
  /** For the next page; null where the shard has ended. */
  readonly iterator: string | null;
  /** What it was split or merged into. */
  readonly children: readonly Shard[];
}

/** A stream behind Kinesis' API. Everything throws what the SDK throws. */
export interface KinesisStream {
  /** The shards that are open, or those that were at a time or later. */
  readonly listShards: (since: Date | null) => Promise<readonly Shard[]>;
  readonly openShard: (shardId: string, position: Position) => Promise<string>;
  /** Null where the iterator has expired, five minutes after it was given. */
  readonly readPage: (shardId: string, iterator: string) => Promise<Page | null>;
}

export function createKinesisStream(
  kinesis: KinesisClient,
  { name, arn, resourceId }: DatabaseStream,
  abortSignal: AbortSignal,
): KinesisStream {
  // A stream of another account has no name here.
  const stream = arn === null ? { StreamName: name } : { StreamARN: arn };

  function toStreamRecord(record: KinesisRecord, shardId: string): StreamRecord {
    const { SequenceNumber: sequenceNumber = '', ApproximateArrivalTimestamp: arrival, Data: data = [] } = record;
    const arrivalTime = (arrival ?? new Date()).toISOString();
    return {
      // Of the ARN nothing is shown.
      origin: { streamArn: arn ?? name, resourceId, shardId, sequenceNumber, arrivalTime },
      data: Buffer.from(data).toString('base64'),
      delivered: null,
    };
  }

  return {
    async listShards(since) {
      const filter = since === null ? ({ Type: 'AT_LATEST' } as const) : fromTimestamp(since);
      const shards: Shard[] = [];
      let token: string | undefined;
      do {
        // A token goes without what it stands for.
        const request = token === undefined ? { ...stream, ShardFilter: filter } : { NextToken: token };
        const page = await kinesis.send(new ListShardsCommand(request), { abortSignal });
        for (const { ShardId: shardId = '', ParentShardId: parent, AdjacentParentShardId: other } of page.Shards ??
          []) {
          shards.push({ shardId, parentIds: [parent, other].filter((id) => id !== undefined) });
        }
        token = page.NextToken;
      } while (token !== undefined);
      return shards;
    },
    async openShard(shardId, position) {
      const request = { ...stream, ShardId: shardId, ...iteratorOf(position) };
      const { ShardIterator: iterator = '' } = await kinesis.send(new GetShardIteratorCommand(request), {
        abortSignal,
      });
      return iterator;
    },
    async readPage(shardId, iterator) {
      const request = { ShardIterator: iterator, ...(arn !== null && { StreamARN: arn }) };
      try {
        const page = await kinesis.send(new GetRecordsCommand(request), { abortSignal });
        const children = (page.ChildShards ?? []).map(({ ShardId: shardId = '', ParentShards: parentIds = [] }) => ({
          shardId,
          parentIds,
        }));
        const records = (page.Records ?? []).map((record) => toStreamRecord(record, shardId));
        return { records, iterator: page.NextShardIterator ?? null, children };
      } catch (cause) {
        if (cause instanceof ExpiredIteratorException) return null;
        throw cause;
      }
    },
  };
}

function fromTimestamp(since: Date) {
  return { Type: 'FROM_TIMESTAMP', Timestamp: since } as const;
}

function iteratorOf(position: Position) {
  if (typeof position === 'string') return { ShardIteratorType: position };
  if ('at' in position) return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: position.at } as const;
  return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: position.after } as const;
}
