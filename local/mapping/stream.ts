import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';

export interface Shard {
  readonly shardId: string;
  /** The shards that it was split or merged from. */
  readonly parentIds: readonly string[];
}

/** Where a reader begins: at one of the shard's ends, at a record, or behind it. */
export type Position = 'TRIM_HORIZON' | 'LATEST' | { readonly at: string } | { readonly after: string };

export interface Page {
  readonly records: readonly KinesisRecord[];
  /** Whether the shard is closed and nothing of it is left to read. */
  readonly ended: boolean;
}

/** A shard's reader: each call gives the next records, none where there are none yet. */
export type ReadNext = (most: number) => Promise<Page>;

/** A Kinesis stream, as a mapping reads it. */
export interface Stream {
  readonly listShards: () => Promise<readonly Shard[]>;
  readonly openShard: (shardId: string, position: Position) => Promise<ReadNext>;
}
