import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import type { Position, Stream } from './mapping/stream.ts';

/** A stream behind Kinesis' API. */
export function createKinesisStream(kinesis: KinesisClient, streamArn: string): Stream {
  // By its name, since moto makes no iterator out of an ARN.
  const name = { StreamName: streamArn.slice(streamArn.indexOf('/') + 1) };
  return {
    async listShards() {
      const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand(name));
      return shards.map(({ ShardId: shardId = '', ParentShardId: parent, AdjacentParentShardId: adjacent }) => ({
        shardId,
        parentIds: [parent, adjacent].filter((id) => id !== undefined),
      }));
    },
    async openShard(shardId, position) {
      const request = new GetShardIteratorCommand({ ...name, ShardId: shardId, ...iteratorOf(position) });
      let { ShardIterator: iterator } = await kinesis.send(request);
      return async (most) => {
        if (iterator === undefined) return { records: [], ended: true };
        const page = await kinesis.send(
          new GetRecordsCommand({ StreamARN: streamArn, ShardIterator: iterator, Limit: most }),
        );
        iterator = page.NextShardIterator;
        return { records: page.Records ?? [], ended: iterator === undefined };
      };
    },
  };
}

function iteratorOf(position: Position) {
  if (typeof position === 'string') return { ShardIteratorType: position };
  if ('at' in position)
    return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: position.at } as const;
  return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: position.after } as const;
}
