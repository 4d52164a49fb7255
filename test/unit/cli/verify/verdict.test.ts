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
const GAP = { source: 'cluster-A', instanceId: 'db-A', from: '', to: '', minutes: 11 };
const CLEAN: Omit<Verdict, 'clean'> = {
  bucket: 'archive',
  day: '2026-03-01',
  archive: [COUNT],
  quarantine: [QUARANTINED],
  gaps: [],
  silentSources: ['cluster-GONE'],
  findings: [],
};

describe('a day', () => {
  it('is clean where everything in quarantine is redriven and nothing else is wrong', () => {
    expect(isClean(CLEAN)).toBe(true);
  });

  it.each<[string, Partial<Verdict>]>([
    ['a duplicate', { archive: [{ ...COUNT, duplicates: 1 }] }],
    ['a conflict', { archive: [COUNT, { ...COUNT, conflicts: 1 }] }],
    ['a conflict object', { archive: [{ ...COUNT, conflictObjects: 1 }] }],
    ['something unreadable', { archive: [{ ...COUNT, unreadable: 1 }] }],
    ['a record in quarantine', { quarantine: [QUARANTINED, { ...QUARANTINED, redriven: 1 }] }],
    ['a gap', { gaps: [GAP] }],
    ['no archive', { archive: [] }],
    ['no event', { archive: [{ ...COUNT, events: 0 }] }],
  ])('is not clean with %s', (_what, wrong) => {
    expect(isClean({ ...CLEAN, ...wrong })).toBe(false);
  });
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

  it('is named up to twenty times in the tables, which say that there is more', () => {
    const text = writeVerdict({ ...CLEAN, clean: false, findings: Array.from({ length: 21 }, () => finding) });

    expect(text.match(/^conflict: s3:\/\/archive\/key line 1 id$/gm)).toHaveLength(20);
    expect(text).toContain('There are more findings');
  });
});
