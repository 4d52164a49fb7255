import { describe, expect, it } from 'vitest';
import { writeVerdict } from '../../../../cli/verify/report.ts';
import { createTally } from '../../../../cli/verify/tally.ts';
import { type Finding, isClean, type Verdict } from '../../../../cli/verify/verdict.ts';

const COUNT = {
  class: 'DDL',
  source: 'cluster-A',
  objects: 1,
  events: 1,
  duplicates: 0,
  conflicts: 0,
  conflictObjects: 0,
  unreadable: 0,
} as const;
const QUARANTINED = { reason: 'KEY_REJECTED', source: 'cluster-A', records: 2, redriven: 2 } as const;
const GAP = { source: 'cluster-A', instanceId: 'db-A', from: '00:00', to: '00:11', minutes: 11 };
const CLEAN: Omit<Verdict, 'clean'> = {
  bucket: 'archive',
  day: '2026-03-01',
  archive: [COUNT],
  quarantine: [QUARANTINED],
  gaps: [],
  silentSources: ['cluster-GONE'],
  findings: [],
};

it.each<[string, Partial<Verdict>, boolean]>([
  ['where everything in quarantine is redriven and nothing else is wrong', {}, true],
  ['with a duplicate', { archive: [{ ...COUNT, duplicates: 1 }] }, false],
  ['with a conflict', { archive: [COUNT, { ...COUNT, conflicts: 1 }] }, false],
  ['with a conflict object', { archive: [{ ...COUNT, conflictObjects: 1 }] }, false],
  ['with something unreadable', { archive: [{ ...COUNT, unreadable: 1 }] }, false],
  ['with a record in quarantine', { quarantine: [QUARANTINED, { ...QUARANTINED, redriven: 1 }] }, false],
  ['with a gap', { gaps: [GAP] }, false],
  ['with no archive', { archive: [] }, false],
  ['with no event', { archive: [{ ...COUNT, events: 0 }] }, false],
])('a day is clean or not %s', (_what, wrong, clean) => {
  expect(isClean({ ...CLEAN, ...wrong })).toBe(clean);
});

describe('what is found', () => {
  const finding: Finding = { kind: 'conflict', key: 'key', line: 1, eventId: 'id', code: null };

  it('is counted in full, and named up to a limit', () => {
    const tally = createTally(2);

    for (let index = 0; index < 5; index++) tally.find(COUNT, finding);

    expect(tally.counts()).toEqual([{ ...COUNT, objects: 0, events: 0, conflicts: 5 }]);
    expect(tally.findings()).toHaveLength(2);
  });

  it('is named in the order of keys and lines, however it was come across', () => {
    const tally = createTally(10);
    const places = [
      ['b', 1],
      ['a', 10],
      ['a', 9],
      ['a', null],
    ] as const;

    for (const [key, line] of places) tally.find(COUNT, { ...finding, key, line });

    expect(tally.findings().map(({ key, line }) => [key, line])).toEqual([...places].reverse());
  });

  it('is named up to twenty times for a person, who is told that there is more, beside quarantine and gaps', () => {
    const findings = Array.from({ length: 21 }, () => finding);

    const text = writeVerdict({ ...CLEAN, clean: false, gaps: [GAP], findings });

    expect(text.match(/^conflict: s3:\/\/archive\/key line 1 id$/gm)).toHaveLength(20);
    expect(text).toContain('There are more findings');
    expect(text).toMatch(/^│ KEY_REJECTED │ cluster-A │ 2 +│ 2 +│ 0 /m);
    expect(text).toMatch(/^│ cluster-A │ db-A +│ 00:00 │ 00:11 │ 11 /m);
  });
});
