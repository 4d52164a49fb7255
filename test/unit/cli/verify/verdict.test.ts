import { expect, it } from 'vitest';
import { writeVerdict } from '../../../../cli/verify/report.ts';
import { createTally } from '../../../../cli/verify/tally.ts';
import type { Finding } from '../../../../cli/verify/verdict.ts';

const FOLDER = { class: 'DDL', source: 'cluster-A' } as const;
const FINDING: Finding = { kind: 'conflict', key: 'key', line: 1, eventId: 'id', code: null };

it('counts every finding, and lists as many as it keeps', () => {
  const tally = createTally(2);

  for (let index = 0; index < 5; index++) tally.find(FOLDER, FINDING);

  expect(tally.counts()).toMatchObject([{ ...FOLDER, conflicts: 5, duplicates: 0 }]);
  expect(tally.findings()).toHaveLength(2);
});

it('lists findings in the order of keys and lines', () => {
  const tally = createTally(10);
  const places = [
    ['b', 1],
    ['a', 10],
    ['a', 9],
    ['a', null],
  ] as const;

  for (const [key, line] of places) tally.find(FOLDER, { ...FINDING, key, line });

  expect(tally.findings().map(({ key, line }) => [key, line])).toEqual([...places].reverse());
});

it('prints twenty findings, that there are more, and the tables of quarantine and gaps', () => {
  const text = writeVerdict({
    ...{ bucket: 'archive', day: '2026-03-01', clean: false, archive: [], silentSources: [] },
    quarantine: [{ reason: 'KEY_REJECTED', source: 'cluster-A', records: 2, redriven: 2 }],
    gaps: [{ source: 'cluster-A', instanceId: 'db-A', from: '00:00', to: '00:11', minutes: 11 }],
    findings: Array(21).fill(FINDING),
  });

  expect(text.match(/^conflict: s3:\/\/archive\/key line 1 id$/gm)).toHaveLength(20);
  expect(text).toContain('There are more findings');
  expect(text).toMatch(/^│ KEY_REJECTED │ cluster-A │ 2 +│ 2 +│ 0 /m);
  expect(text).toMatch(/^│ cluster-A │ db-A +│ 00:00 │ 00:11 │ 11 /m);
});
