import { expect, it } from 'vitest';
import { followShards, type Shard } from '../../../../cli/tail/follow-shards.ts';

/** Names of shards, each with the names of its parents. */
type Tree = Readonly<Record<string, readonly string[]>>;

const toShards = (tree: Tree): readonly Shard[] =>
  Object.entries(tree).map(([shardId, parentIds]) => ({ shardId, parentIds }));

/** Follows shards that end one after another, in the order that is given; answers what was being read before each end. */
async function follow(first: Tree, all: Tree, ends: readonly string[]): Promise<readonly (readonly string[])[]> {
  const reading = new Map<string, (children: readonly Shard[]) => void>();
  const begun: string[] = [];
  const following = followShards(
    toShards(first),
    ({ shardId }) =>
      new Promise((resolve) => {
        begun.push(shardId);
        reading.set(shardId, resolve);
      }),
  );
  const seen: string[][] = [];
  for (const shardId of ends) {
    await new Promise(setImmediate);
    seen.push([...reading.keys()].sort());
    reading.get(shardId)?.(toShards(all).filter(({ parentIds }) => parentIds.includes(shardId)));
    reading.delete(shardId);
  }
  await following;
  expect(new Set(begun).size).toBe(begun.length);
  return seen;
}

const SPLIT: Tree = { a: [], b: ['a'], c: ['a'] };

it('reads what a shard was split into when it has ended', async () => {
  expect(await follow({ a: [] }, SPLIT, ['a', 'c', 'b'])).toEqual([['a'], ['b', 'c'], ['b']]);
});

it('reads what was split before only in its turn', async () => {
  expect(await follow(SPLIT, SPLIT, ['a', 'b', 'c'])).toEqual([['a'], ['b', 'c'], ['c']]);
});

it('reads what shards were merged into once, when both have ended', async () => {
  const all: Tree = { a: [], b: [], c: ['a', 'b'] };

  expect(await follow({ a: [], b: [] }, all, ['b', 'a', 'c'])).toEqual([['a', 'b'], ['a'], ['c']]);
});

it('does not wait for a parent that the stream has forgotten', async () => {
  expect(await follow({ b: ['gone'] }, { b: ['gone'] }, ['b'])).toEqual([['b']]);
});

it('throws what goes wrong with one of them, whatever the others do', async () => {
  const following = followShards(toShards({ a: [], b: [] }), async ({ shardId }) => {
    if (shardId === 'b') throw new Error('refused');
    return new Promise(() => undefined);
  });

  await expect(following).rejects.toThrow('refused');
});
