import { QUARANTINE_REASONS } from '../../src/activity.ts';
import type { Bucket } from '../bucket.ts';
import { listMarked } from '../redrive/marks.ts';
import { lastPart } from './last-part.ts';
import type { QuarantineCount } from './verdict.ts';

/** Counts a day's quarantine by reason and source, and how many of it have a mark. */
export async function countQuarantine(
  quarantinePrefix: string,
  day: string,
  bucket: Bucket,
): Promise<readonly QuarantineCount[]> {
  const counts: QuarantineCount[] = [];
  for (const reason of QUARANTINE_REASONS) {
    const { folders } = await bucket.listFolder(`${quarantinePrefix}/reason=${reason}/`);
    for (const folder of folders) {
      const prefix = `${folder}dt=${day}/`;
      const marked = await listMarked(bucket, prefix);
      let [records, redriven] = [0, 0];
      for await (const key of bucket.listKeys(prefix)) {
        records++;
        if (marked.has(key)) redriven++;
      }
      if (records > 0) counts.push({ reason, source: lastPart(folder), records, redriven });
    }
  }
  return counts;
}
