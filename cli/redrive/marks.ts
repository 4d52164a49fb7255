import type { Bucket } from '../bucket.ts';

/** Where the marks lie, in the bucket of the objects that they mark: each says that its object was redriven. */
const MARKS = 'redriven/';

/** The key of an object's mark; of a prefix, the prefix of the marks. */
export function markOf(key: string): string {
  return `${MARKS}${key}`;
}

/** The keys of the objects under a prefix that have a mark. */
export async function listMarked(bucket: Pick<Bucket, 'listKeys'>, prefix: string): Promise<ReadonlySet<string>> {
  const marked = new Set<string>();
  for await (const mark of bucket.listKeys(markOf(prefix))) marked.add(mark.slice(MARKS.length));
  return marked;
}
