import { describe, expect, it } from 'vitest';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { createResources } from '../../support/stack.ts';

interface LifecycleRule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
}

function rulesOf(bucket: string, parameters = {}): readonly LifecycleRule[] {
  const lifecycle = createResources(parameters)[bucket]?.Properties.LifecycleConfiguration;
  return (lifecycle as { readonly Rules: readonly LifecycleRule[] }).Rules;
}

describe('the archive', () => {
  it.each(ACTIVITY_CLASSES)('keeps %s for as many days as its parameter says', (name) => {
    const rules = rulesOf('ArchiveBucket', { archivePrefix: 'audit/das', [`retentionDays${name}`]: 17 });

    expect(rules.filter(({ ExpirationInDays: days }) => days === 17)).toEqual([
      expect.objectContaining({ Prefix: `audit/das/class=${name}/`, Status: 'Enabled' }),
    ]);
  });

  it.each(ACTIVITY_CLASSES)('keeps %s for ever when its parameter says so', (name) => {
    const rules = rulesOf('ArchiveBucket', { [`retentionDays${name}`]: 'forever' });

    expect(rules.filter(({ Prefix: prefix }) => prefix === `activity/class=${name}/`)).toEqual([]);
  });

  it('keeps the quarantine and the failures for as long as theirs say', () => {
    const parameters = { quarantinePrefix: 'poison', retentionDaysQuarantine: 5, retentionDaysFailures: 6 };

    expect(rulesOf('ArchiveBucket', parameters)).toContainEqual(
      expect.objectContaining({ Prefix: 'poison/', ExpirationInDays: 5 }),
    );
    // The marks of what was redriven go no sooner than what they mark.
    expect(rulesOf('ArchiveBucket', parameters)).toContainEqual(
      expect.objectContaining({ Prefix: 'redriven/poison/', ExpirationInDays: 5 }),
    );
    expect(rulesOf('FailureBucket', parameters)).toContainEqual(
      expect.objectContaining({ Prefix: '', ExpirationInDays: 6 }),
    );
  });

  it('locks its objects when it is told to, and only then', () => {
    const locked = createResources({ objectLock: 'compliance', objectLockDays: 400 }).ArchiveBucket?.Properties;
    const open = createResources({ objectLock: 'off' }).ArchiveBucket?.Properties;

    expect(locked).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 400 } },
      },
    });
    expect(Object.keys(open ?? {}).filter((name) => name.startsWith('ObjectLock'))).toEqual([]);
  });
});
