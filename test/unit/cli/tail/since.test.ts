import { describe, expect, it } from 'vitest';
import { readSince } from '../../../../cli/tail/since.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('the moment that a tail begins at', () => {
  it.each([
    ['30s', '2026-03-01T11:59:30.000Z'],
    ['10m', '2026-03-01T11:50:00.000Z'],
    ['2h', '2026-03-01T10:00:00.000Z'],
    ['1d', '2026-02-28T12:00:00.000Z'],
    ['0s', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T11:00:00Z', '2026-03-01T11:00:00.000Z'],
    ['2026-03-01T11:00Z', '2026-03-01T11:00:00.000Z'],
    ['2026-03-01T11:00:00.250+01:00', '2026-03-01T10:00:00.250Z'],
  ])('is read: %s', (text, moment) => {
    expect(readSince(text, NOW).toISOString()).toBe(moment);
  });

  it.each(['', '10', 'm', '10 m', '-10m', '10w', '1.5h', '2026-03-01', '2026-03-01T11:00:00', '2026-03-01T25:00:00Z'])(
    'is refused where it is none, or has no zone: %s',
    (text) => {
      expect(() => readSince(text, NOW)).toThrow('it may hold a duration');
    },
  );

  it.each(['2026-02-30T11:00:00Z', '2026-13-01T11:00:00Z'])('is refused on no day of the calendar: %s', (text) => {
    expect(() => readSince(text, NOW)).toThrow('it may hold a day');
  });

  it('is refused where it is to come', () => {
    expect(() => readSince('2026-03-01T12:00:01Z', NOW)).toThrow('no time to come');
  });
});
