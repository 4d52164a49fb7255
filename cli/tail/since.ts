import { readDay } from '../usage.ts';

const DURATION = /^(\d{1,6})([smhd])$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads a moment that has passed: a duration before `now`, as in `10m`, or a time, as in `2026-03-01T12:00:00Z`. */
export function readSince(text: string, now: Date): Date {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  const moment =
    count === undefined ? readTime(text) : now.getTime() - Number(count) * (SECONDS[unit] ?? Number.NaN) * 1000;
  if (Number.isNaN(moment)) {
    throw new Error('it may hold a duration, as in 30s, 10m, 2h or 1d, or a time, as in 2026-03-01T12:00:00Z');
  }
  if (moment > now.getTime()) throw new Error('it may hold no time to come');
  return new Date(moment);
}

function readTime(text: string): number {
  if (!TIME.test(text)) return Number.NaN;
  readDay(text.slice(0, 10));
  return Date.parse(text);
}
