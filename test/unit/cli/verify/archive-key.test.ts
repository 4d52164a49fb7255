import { describe, expect, it } from 'vitest';
import { readArchiveKey } from '../../../../cli/verify/archive-key.ts';
import { ACTIVITY_CLASSES } from '../../../../src/activity.ts';
import { keyOfConflict } from '../../../../src/sinks/archive-layout.ts';
import { CLUSTER, createEvent, createOrigin, layOutEvents } from '../../../support/activity.ts';

function layOutOne(name: (typeof ACTIVITY_CLASSES)[number]): string {
  const origin = createOrigin({ sequenceNumber: '17' });
  const [group] = layOutEvents([createEvent({ activity: { class: name } })], origin, createOrigin(), 'audit/das');
  return group?.key ?? '';
}

describe('the key of an archive object', () => {
  it.each(ACTIVITY_CLASSES)('that the function writes is read: %s', (name) => {
    const key = layOutOne(name);

    expect(readArchiveKey(key)).toEqual({
      key,
      class: name,
      source: CLUSTER,
      shardId: 'shardId-000000000003',
      hour: createOrigin().arrivalTime.slice(0, 13),
      first: '17'.padStart(56, '0'),
      last: createOrigin().sequenceNumber,
      beside: false,
    });
    expect(readArchiveKey(keyOfConflict(key, '0123abcd99'))?.beside).toBe(true);
  });

  it.each([
    layOutOne('DDL').replace('class=DDL', 'class=SPY'),
    layOutOne('DDL').replace('.gz', ''),
    layOutOne('DDL').replace('.ndjson', '~0123.ndjson'),
    layOutOne('DDL').replace('hour=12', 'hour=noon'),
    'activity/notes.txt',
  ])('that it does not write is none: %s', (key) => {
    expect(readArchiveKey(key)).toBeNull();
  });
});
