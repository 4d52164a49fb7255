import { createHash } from 'node:crypto';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import type { Clock } from '../../local/clock.ts';
import type { Position, Shard, Stream } from '../../local/mapping/stream.ts';

export interface Put {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** A Kinesis stream in memory, on a clock of the test's. */
export interface MemoryStream extends Stream {
  /** Shards that take records. */
  readonly openShards: () => readonly string[];
  readonly put: (data: Uint8Array, partitionKey: string) => Put;
  /** Closes a shard and has two take over its range. */
  readonly split: (shardId: string) => void;
  /** Closes two neighbours and has one take over their ranges. */
  readonly merge: (shardId: string, neighbour: string) => void;
  readonly areNeighbours: (shardId: string, other: string) => boolean;
  readonly closeAll: () => void;
}

interface HeldShard extends Shard {
  /** Of the hash range, the end not included. */
  readonly from: bigint;
  readonly to: bigint;
  readonly records: KinesisRecord[];
  closed: boolean;
}

const RANGE = 2n ** 128n;
const FIRST_SEQUENCE_NUMBER = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

export function createMemoryStream(shardCount: number, clock: Clock): MemoryStream {
  const shards: HeldShard[] = [];
  let sequenceNumber = FIRST_SEQUENCE_NUMBER;

  function addShard(from: bigint, to: bigint, parentIds: readonly string[]): void {
    const shardId = `shardId-${String(shards.length).padStart(12, '0')}`;
    shards.push({ shardId, parentIds, from, to, records: [], closed: false });
  }

  function close(shardId: string): HeldShard {
    const shard = find(shardId);
    shard.closed = true;
    return shard;
  }

  function find(shardId: string): HeldShard {
    const shard = shards.find((candidate) => candidate.shardId === shardId);
    if (shard === undefined) throw new Error(`There is no ${shardId}`);
    return shard;
  }

  const width = RANGE / BigInt(shardCount);
  for (let index = 0n; index < BigInt(shardCount); index++) {
    addShard(index * width, index === BigInt(shardCount) - 1n ? RANGE : (index + 1n) * width, []);
  }

  return {
    listShards: async () => shards,
    openShards: () => shards.filter(({ closed }) => !closed).map(({ shardId }) => shardId),
    put(data, partitionKey) {
      const hash = BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
      const shard = shards.find(({ from, to, closed }) => !closed && from <= hash && hash < to);
      if (shard === undefined) throw new Error('No open shard takes this partition key');
      sequenceNumber += 1n;
      shard.records.push({
        Data: data,
        PartitionKey: partitionKey,
        SequenceNumber: String(sequenceNumber),
        ApproximateArrivalTimestamp: new Date(clock.now()),
      });
      return { shardId: shard.shardId, sequenceNumber: String(sequenceNumber) };
    },
    split(shardId) {
      const { from, to } = close(shardId);
      const middle = (from + to) / 2n;
      addShard(from, middle, [shardId]);
      addShard(middle, to, [shardId]);
    },
    areNeighbours: (shardId, other) => areAdjacent(sortByRange(find(shardId), find(other))),
    merge(shardId, neighbour) {
      const [low, high] = sortByRange(close(shardId), close(neighbour));
      addShard(low.from, high.to, [shardId, neighbour]);
    },
    closeAll() {
      for (const shard of shards) shard.closed = true;
    },
    async openShard(shardId, position) {
      const shard = find(shardId);
      let at = indexOf(shard.records, position);
      return async (most) => {
        const records = shard.records.slice(at, at + most);
        at += records.length;
        return { records, ended: shard.closed && at === shard.records.length };
      };
    },
  };
}

function sortByRange(one: HeldShard, other: HeldShard): readonly [HeldShard, HeldShard] {
  return one.from < other.from ? [one, other] : [other, one];
}

function areAdjacent([low, high]: readonly [HeldShard, HeldShard]): boolean {
  return low.to === high.from;
}

function indexOf(records: readonly KinesisRecord[], position: Position): number {
  if (position === 'TRIM_HORIZON') return 0;
  if (position === 'LATEST') return records.length;
  const [sequenceNumber, behind] = 'at' in position ? [position.at, 0] : [position.after, 1];
  return records.findIndex((record) => record.SequenceNumber === sequenceNumber) + behind;
}
