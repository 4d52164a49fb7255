import { expect, it } from 'vitest';
import { readSince } from '../../../../cli/tail/since.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

it.each([
  ['30s', '2026-03-01T11:59:30.000Z'],
  ['10m', '2026-03-01T11:50:00.000Z'],
  ['2h', '2026-03-01T10:00:00.000Z'],
  ['1d', '2026-02-28T12:00:00.000Z'],
  ['0s', '2026-03-01T12:00:00.000Z'],
  ['2026-03-01T11:00:00Z', '2026-03-01T11:00:00.000Z'],
  ['2024-02-29T11:00Z', '2024-02-29T11:00:00.000Z'],
  ['2026-03-01T11:00:00.250+01:00', '2026-03-01T10:00:00.250Z'],
])('a tail begins at a duration before now, or at a time: %s', (text, moment) => {
  expect(readSince(text, NOW).toISOString()).toBe(moment);
});

it.each([
  ...['', '10', 'm', '10 m', '-10m', '10w', '1.5h', '2026-03-01', '2026-03-01T11:00:00', '2026-03-01T25:00:00Z'].map(
    (text) => [text, 'it may hold a duration'],
  ),
  ...['2026-02-29', '2026-02-30', '2026-13-01'].map((day) => [`${day}T11:00:00Z`, 'it may hold a day']),
  ['2026-03-01T12:00:01Z', 'no time to come'],
])('a tail refuses what is no moment, has no zone, or is to come: %s', (text = '', problem) => {
  expect(() => readSince(text, NOW)).toThrow(problem);
});
