import { expect, it } from 'vitest';
import { followShards, type Shard } from '../../../../cli/tail/follow-shards.ts';

/** Shards with their parents. */
type Tree = Readonly<Record<string, readonly string[]>>;

const toShards = (tree: Tree): readonly Shard[] =>
  Object.entries(tree).map(([shardId, parentIds]) => ({ shardId, parentIds }));

/** Follows shards that end one after another, in the order that is given; returns what was being read before each end. */
async function follow(first: Tree, all: Tree, ends: readonly string[]): Promise<readonly string[]> {
  const reading = new Map<string, (children: readonly Shard[]) => void>();
  const following = followShards(
    toShards(first),
    ({ shardId }) => new Promise((resolve) => reading.set(shardId, resolve)),
  );
  const seen: string[] = [];
  for (const shardId of ends) {
    await new Promise(setImmediate);
    seen.push([...reading.keys()].sort().join(''));
    reading.get(shardId)?.(toShards(all).filter(({ parentIds }) => parentIds.includes(shardId)));
    reading.delete(shardId);
  }
  await following;
  return seen;
}

const SPLIT: Tree = { a: [], b: ['a'], c: ['a'] };
const MERGED: Tree = { a: [], b: [], c: ['a', 'b'] };

it.each<[string, Tree, Tree, readonly string[], readonly string[]]>([
  ['what a shard was split into when it has ended', { a: [] }, SPLIT, ['a', 'c', 'b'], ['a', 'bc', 'b']],
  ['what was split before only in its turn', SPLIT, SPLIT, ['a', 'b', 'c'], ['a', 'bc', 'c']],
  ['a merged shard once, when both parents ended', { a: [], b: [] }, MERGED, ['b', 'a', 'c'], ['ab', 'a', 'c']],
  ['a shard whose parent the stream has forgotten', { b: ['gone'] }, { b: ['gone'] }, ['b'], ['b']],
])('reads %s', async (_what, first, all, ends, reading) => {
  expect(await follow(first, all, ends)).toEqual(reading);
});

it('throws what goes wrong with one of them, whatever the others do', async () => {
  const following = followShards(toShards({ a: [], b: [] }), async ({ shardId }) => {
    if (shardId === 'b') throw new Error('refused');
    return new Promise(() => undefined);
  });

  await expect(following).rejects.toThrow('refused');
});
