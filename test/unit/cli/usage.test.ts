import { describe, expect, it } from 'vitest';
import { readDay } from '../../../cli/usage.ts';

describe('a day', () => {
  it.each(['2026-03-01', '2024-02-29', '2026-12-31'])('of the calendar is read: %s', (text) => {
    expect(readDay(text)).toBe(text);
  });

  it.each(['2026-02-29', '2026-02-30', '2026-13-01', '2026-3-1', '20260301', '2026-03-01T00:00:00Z', 'today', ''])(
    'that is none is refused: %s',
    (text) => {
      expect(() => readDay(text)).toThrow('it may hold a day');
    },
  );
});
