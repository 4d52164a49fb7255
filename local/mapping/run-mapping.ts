import { type MappingPorts, pollShard } from './poll-shard.ts';
import type { MappingSettings } from './settings.ts';

/**
 * Delivers a stream's records to a function as Lambda's event source mapping does, until the signal aborts or every
 * shard is closed and read: a poller for each shard, parents before children, lanes, batches, partial responses,
 * bisection, checkpoints, the on-failure destination. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
export async function runMapping(settings: MappingSettings, ports: MappingPorts, signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  try {
    await pollShards(settings, ports, AbortSignal.any([signal, failed.signal]));
  } finally {
    // What ends one shard ends all.
    failed.abort();
  }
}

async function pollShards(settings: MappingSettings, ports: MappingPorts, signal: AbortSignal): Promise<void> {
  const begun = new Set<string>();
  const ended = new Set<string>();
  const running = new Map<string, Promise<void>>();
  for (;;) {
    const shards = await ports.stream.listShards();
    const known = new Set(shards.map(({ shardId }) => shardId));
    for (const { shardId, parentIds } of shards) {
      const parents = parentIds.filter((id) => known.has(id));
      if (begun.has(shardId) || parents.some((id) => !ended.has(id))) continue;
      begun.add(shardId);
      // Nothing of a shard that a split or merge made may be left out.
      const start = parents.length > 0 ? 'TRIM_HORIZON' : settings.StartingPosition;
      const polled = pollShard(shardId, start, settings, ports, signal).then(() => {
        ended.add(shardId);
        running.delete(shardId);
      });
      running.set(shardId, polled);
    }
    if (running.size === 0 || signal.aborted) break;
    await Promise.race(running.values());
  }
  await Promise.all(running.values());
}
