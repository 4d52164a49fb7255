import { expect, it } from 'vitest';
import { describeQuarantine } from '../../../../local/page/describe-quarantine.ts';

const listed = (reason: string, source: string, written: number) => {
  const key = `quarantine/reason=${reason}/source=${source}/dt=2026-03-01/shardId-000000000000-${written}.json`;
  return { key, written, view: { reason, source, key } };
};

it('the quarantine is counted by reason, and its ten newest records are listed, the newest first', () => {
  const times = [1, 20, 3, 10, 11, 12, 13, 14, 15, 16, 17];
  const records = [listed('KEY_REJECTED', 'db-B', 9), ...times.map((at) => listed('DECRYPT_FAILED', 'cluster-A', at))];

  const view = describeQuarantine([...records, { key: 'quarantine/note.txt', written: 99 }]);

  expect(view.reasons).toEqual([
    { reason: 'DECRYPT_FAILED', records: 11 },
    { reason: 'KEY_REJECTED', records: 1 },
  ]);
  const newest = records.toSorted((one, other) => other.written - one.written).slice(0, 10);
  expect(view.latest).toEqual(newest.map((record) => record.view));
});
