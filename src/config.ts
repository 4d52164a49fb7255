import { ACTIVITY_CLASSES, type ActivityClass } from './activity.ts';
import { DEFAULT_DROP_RULES, type DropRule, readDropRules } from './drop-rules.ts';

export type StatementText = 'redacted' | 'full' | 'none';

export interface Config {
  readonly archiveBucket: string;
  readonly archivePrefix: string;
  readonly quarantinePrefix: string;
  readonly eventBusName: string;
  readonly eventSource: string;
  readonly archiveClasses: ReadonlySet<ActivityClass>;
  readonly publishClasses: ReadonlySet<ActivityClass>;
  readonly publishAuxiliary: boolean;
  readonly statementText: StatementText;
  readonly dropRules: readonly DropRule[];
  /** 0 turns the cache off. */
  readonly dataKeyTtlSeconds: number;
  readonly dataKeyCacheSize: number;
  readonly maxRecordBytes: number;
}

/** Reads a variable's text, or throws an `Error` whose message says what it may hold. */
type Reader<T> = (text: string) => T;

/**
 * Reads the configuration of section 1 of the contract out of the environment.
 *
 * Throws ONE error that names every bad variable, what it holds and what it may hold.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];

  function read<T>(name: string, fallback: string | null, reader: Reader<T>): T {
    const text = environment[name] ?? fallback;
    try {
      return reader(text ?? '');
    } catch (problem) {
      const held = environment[name] === undefined ? 'is not set' : `is ${shorten(JSON.stringify(text))}`;
      problems.push(`${name} ${held}: ${(problem as Error).message}`);
      // Never used: the problem is thrown below.
      return undefined as T;
    }
  }

  const config: Config = {
    archiveBucket: read('ARCHIVE_BUCKET', null, matching(BUCKET, "it may hold a bucket's name")),
    archivePrefix: read('ARCHIVE_PREFIX', 'activity', matching(PREFIX, PREFIX_EXPECTED)),
    quarantinePrefix: read('QUARANTINE_PREFIX', 'quarantine', matching(PREFIX, PREFIX_EXPECTED)),
    eventBusName: read('EVENT_BUS_NAME', null, matching(BUS, "it may hold an event bus' name or ARN")),
    eventSource: read(
      'EVENT_SOURCE',
      'das-router',
      matching(SOURCE, 'it may hold letters, digits, `.`, `_`, `/`, `-`, and not begin with `aws.`'),
    ),
    archiveClasses: read('ARCHIVE_CLASSES', '*', classes),
    publishClasses: read('PUBLISH_CLASSES', 'DDL,DML,DCL,AUTH_FAILURE,ERROR', (text) =>
      text.trim() === '' ? new Set() : classes(text),
    ),
    publishAuxiliary: read('PUBLISH_AUXILIARY', 'false', oneOf('true', 'false')) === 'true',
    statementText: read('STATEMENT_TEXT', 'redacted', oneOf('redacted', 'full', 'none')),
    dropRules: read('DROP_RULES', DEFAULT_DROP_RULES, readDropRules),
    dataKeyTtlSeconds: read('DATA_KEY_TTL_SECONDS', '300', wholeNumber(0, 86_400)),
    dataKeyCacheSize: read('DATA_KEY_CACHE_SIZE', '100', wholeNumber(1, 10_000)),
    maxRecordBytes: read('MAX_RECORD_BYTES', '33554432', wholeNumber(1, 268_435_456)),
  };
  if (problems.length > 0) throw new Error(`The configuration is invalid.\n- ${problems.join('\n- ')}`);
  return Object.freeze(config);
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?!.{201})[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const PREFIX_EXPECTED = 'it may hold letters, digits, `.`, `_`, `-` and single slashes between them, at most 200';
const BUS = /^[A-Za-z0-9._/:-]{1,1600}$/;
const SOURCE = /^(?!aws\.)[A-Za-z0-9._/-]{1,256}$/;

function matching(pattern: RegExp, expected: string): Reader<string> {
  return (text) => {
    if (!pattern.test(text)) throw new Error(expected);
    return text;
  };
}

function oneOf<const Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new Error(`it may hold ${words.join(', ')}`);
    return word;
  };
}

function wholeNumber(least: number, most: number): Reader<number> {
  return (text) => {
    const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most)) throw new Error(`it may hold a whole number from ${least} to ${most}`);
    return number;
  };
}

function classes(text: string): ReadonlySet<ActivityClass> {
  if (text.trim() === '*') return new Set(ACTIVITY_CLASSES);
  return new Set(
    text.split(',').map((word) => {
      const found = ACTIVITY_CLASSES.find((name) => name === word.trim());
      if (found === undefined) throw new Error(`it may hold *, or a comma list of ${ACTIVITY_CLASSES.join(', ')}`);
      return found;
    }),
  );
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
