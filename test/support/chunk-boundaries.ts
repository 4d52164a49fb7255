/** What a chunk ends at. See docs/decisions/0001-the-core.md: written down again, so that it judges the product. */
const CHUNK_RECORDS = 500;
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Where a batch's chunks begin, by the bytes of each record's content; none count for one that cannot be opened. */
export function findBoundaries(contentBytes: readonly number[], chunkBytes = CHUNK_BYTES): ReadonlySet<number> {
  const boundaries = new Set([0]);
  let [records, bytes] = [0, 0];
  for (const [index, more] of contentBytes.entries()) {
    records++;
    bytes += more;
    if (records < CHUNK_RECORDS && bytes < chunkBytes) continue;
    boundaries.add(index + 1);
    [records, bytes] = [0, 0];
  }
  return boundaries;
}
