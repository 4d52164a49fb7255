import { expect, it } from 'vitest';
import { describeQuarantine } from '../../../../local/page/describe-quarantine.ts';

const listed = (reason: string, source: string, written: number) => ({
  key: `quarantine/reason=${reason}/source=${source}/dt=2026-03-01/shardId-000000000000-${written}.json`,
  written,
});

it('the quarantine is counted by reason, and its last records are named, the newest first', () => {
  const view = describeQuarantine([
    listed('KEY_REJECTED', 'db-B', 2),
    listed('DECRYPT_FAILED', 'cluster-A', 1),
    listed('DECRYPT_FAILED', 'cluster-A', 3),
    // No record.
    { key: 'quarantine/note.txt', written: 4 },
  ]);

  expect(view.reasons).toEqual([
    { reason: 'DECRYPT_FAILED', records: 2 },
    { reason: 'KEY_REJECTED', records: 1 },
  ]);
  expect(view.latest.map(({ reason, source, key }) => [reason, source, key])).toEqual([
    ['DECRYPT_FAILED', 'cluster-A', listed('DECRYPT_FAILED', 'cluster-A', 3).key],
    ['KEY_REJECTED', 'db-B', listed('KEY_REJECTED', 'db-B', 2).key],
    ['DECRYPT_FAILED', 'cluster-A', listed('DECRYPT_FAILED', 'cluster-A', 1).key],
  ]);
});

it('the quarantine is named no further than ten records, and counts all', () => {
  const view = describeQuarantine(
    Array.from({ length: 50 }, (_, number) => listed('DECRYPT_FAILED', 'cluster-A', number)),
  );

  expect(view.latest.length).toBe(10);
  expect(view.reasons).toEqual([{ reason: 'DECRYPT_FAILED', records: 50 }]);
});
