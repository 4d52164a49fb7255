import { describe, expect, it } from 'vitest';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { valueAt } from '../../support/lookup.ts';
import { createResources, DEFAULTS } from '../../support/stack.ts';

/** The days after which the enabled rules of a bucket expire objects, by prefix. */
function daysOf(bucket: string, parameters: object): Readonly<Record<string, unknown>> {
  const resources = createResources({ archivePrefix: 'audit/das', ...parameters });
  const rules: readonly Readonly<Record<string, string>>[] = valueAt(
    resources,
    `${bucket}.LifecycleConfiguration.Rules`,
  );
  const enabled = rules.filter((rule) => rule.Status === 'Enabled' && rule.ExpirationInDays !== undefined);
  return Object.fromEntries(enabled.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
}

describe('the archive', () => {
  it.each(ACTIVITY_CLASSES)('keeps %s for the days of its parameter, or for ever', (name) => {
    const parameter = `retentionDays${name}`;
    const days = daysOf('ArchiveBucket', { [parameter]: 17 });

    expect(Object.entries(days).filter(([, value]) => value === 17)).toEqual([[`audit/das/class=${name}/`, 17]]);
    expect(daysOf('ArchiveBucket', { [parameter]: 'forever' })).not.toHaveProperty([`audit/das/class=${name}/`]);
  });

  it('keeps the quarantine and the failures for the days of theirs, and nothing else expires', () => {
    const parameters = { quarantinePrefix: 'poison', retentionDaysQuarantine: 5, retentionDaysFailures: 6 };

    const expiring = ACTIVITY_CLASSES.filter((name) => name !== 'DDL' && name !== 'DCL');

    // The marks of redriven objects expire no sooner than what they mark.
    expect(daysOf('ArchiveBucket', parameters)).toEqual({
      ...Object.fromEntries(expiring.map((name) => [`audit/das/class=${name}/`, DEFAULTS[`retentionDays${name}`]])),
      'poison/': 5,
      'redriven/poison/': 5,
    });
    expect(daysOf('FailureBucket', parameters)).toEqual({ '': 6 });
  });

  it('locks its objects where the parameter says so, and only there', () => {
    const { ArchiveBucket: locked } = createResources({ objectLock: 'compliance', objectLockDays: 400 });
    const { ArchiveBucket: open } = createResources({ objectLock: 'off' });

    const Rule = { DefaultRetention: { Mode: 'COMPLIANCE', Days: 400 } };
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule };
    expect(locked?.Properties).toMatchObject({ ObjectLockEnabled: true, ObjectLockConfiguration });
    expect(Object.keys(open?.Properties ?? {}).filter((name) => name.startsWith('ObjectLock'))).toEqual([]);
  });
});
