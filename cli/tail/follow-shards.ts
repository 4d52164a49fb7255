/** A part of a stream. */
export interface Shard {
  readonly shardId: string;
  /** What it was split or merged from. */
  readonly parentIds: readonly string[];
}

/**
 * Reads shards at the same time, and what they are split or merged into: a shard only when those are read to their end that
 * it came from. `readShard` answers those that a shard became, when it has ended. Throws what it throws.
 */
export async function followShards(
  shards: readonly Shard[],
  readShard: (shard: Shard) => Promise<readonly Shard[]>,
): Promise<void> {
  const seen = new Set<string>();
  const unread = new Set<string>();
  const waiting = new Set<Shard>();

  function add(found: readonly Shard[]): void {
    for (const shard of found) {
      // Both parents of a merged shard name it.
      if (seen.has(shard.shardId)) continue;
      seen.add(shard.shardId);
      unread.add(shard.shardId);
      waiting.add(shard);
    }
  }

  async function read(shard: Shard): Promise<void> {
    const children = await readShard(shard);
    unread.delete(shard.shardId);
    add(children);
    await readReady();
  }

  async function readReady(): Promise<void> {
    const ready = [...waiting].filter(({ parentIds }) => !parentIds.some((id) => unread.has(id)));
    for (const shard of ready) waiting.delete(shard);
    await Promise.all(ready.map(read));
  }

  add(shards);
  await readReady();
}
