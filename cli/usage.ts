import { InvalidArgumentError, Option } from 'commander';
import { CONFIG_SETTINGS } from '../src/config.ts';
import type { Reader } from '../src/settings.ts';

/** The exit statuses of every command. */
export const EXIT = { done: 0, left: 1, usage: 2 } as const;

export const EXIT_HELP = `
Exit status: 0 when all is well, 1 when something is left to do or the command could not finish, 2 for bad usage.
Region and credentials come from where the AWS SDK takes them: AWS_REGION, AWS_PROFILE, the profile's files, a role.`;

/** Has commander refuse what the reader refuses. */
export function argument<T>(read: Reader<T>): Reader<T> {
  return (text) => {
    try {
      return read(text);
    } catch (problem) {
      throw new InvalidArgumentError((problem as Error).message);
    }
  };
}

export const readPrefix = CONFIG_SETTINGS.quarantinePrefix.read;

export const readBucket = CONFIG_SETTINGS.archiveBucket.read;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads a day of the calendar, as in `2026-03-01`. */
export function readDay(text: string): string {
  const time = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 2026-02-30 for a day in March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new Error('it may hold a day, as in 2026-03-01');
  }
  return text;
}

/** What is shown of statements, in the function's own words. */
export function createStatementTextOption(): Option {
  return new Option('--statement-text <text>', 'what is shown of statements: redacted (literals as ?), full, none')
    .argParser(argument(CONFIG_SETTINGS.statementText.read))
    .default('redacted');
}
