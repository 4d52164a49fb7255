import { ACTIVITY_CLASSES, type ActivityClass } from './activity.ts';
import { DEFAULT_DROP_RULES, type DropRule, readDropRules } from './drop-rules.ts';
import { matching, oneOf, readSettings, refuse, type Settings, trueOrFalse, wholeNumber } from './settings.ts';

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

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?!.{201})[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const PREFIX_EXPECTED = 'it may hold letters, digits, `.`, `_`, `-` and single slashes between them, at most 200';
const BUS = /^[A-Za-z0-9._/:-]{1,1600}$/;
const SOURCE = /^(?!aws\.)[A-Za-z0-9._/-]{1,256}$/;

/** The variables of section 1 of the contract. */
export const CONFIG_SETTINGS: Settings<Config> = {
  archiveBucket: { name: 'ARCHIVE_BUCKET', fallback: null, read: matching(BUCKET, "it may hold a bucket's name") },
  archivePrefix: { name: 'ARCHIVE_PREFIX', fallback: 'activity', read: matching(PREFIX, PREFIX_EXPECTED) },
  quarantinePrefix: { name: 'QUARANTINE_PREFIX', fallback: 'quarantine', read: matching(PREFIX, PREFIX_EXPECTED) },
  eventBusName: {
    name: 'EVENT_BUS_NAME',
    fallback: null,
    read: matching(BUS, "it may hold an event bus' name or ARN"),
  },
  eventSource: {
    name: 'EVENT_SOURCE',
    fallback: 'das-router',
    read: matching(SOURCE, 'it may hold letters, digits, `.`, `_`, `/`, `-`, and not begin with `aws.`'),
  },
  archiveClasses: { name: 'ARCHIVE_CLASSES', fallback: '*', read: classes },
  publishClasses: {
    name: 'PUBLISH_CLASSES',
    fallback: 'DDL,DML,DCL,AUTH_FAILURE,ERROR',
    read: (text) => (text.trim() === '' ? new Set() : classes(text)),
  },
  publishAuxiliary: { name: 'PUBLISH_AUXILIARY', fallback: 'false', read: trueOrFalse },
  statementText: { name: 'STATEMENT_TEXT', fallback: 'redacted', read: oneOf('redacted', 'full', 'none') },
  dropRules: { name: 'DROP_RULES', fallback: DEFAULT_DROP_RULES, read: readDropRules },
  dataKeyTtlSeconds: { name: 'DATA_KEY_TTL_SECONDS', fallback: '300', read: wholeNumber(0, 86_400) },
  dataKeyCacheSize: { name: 'DATA_KEY_CACHE_SIZE', fallback: '100', read: wholeNumber(1, 10_000) },
  maxRecordBytes: { name: 'MAX_RECORD_BYTES', fallback: '33554432', read: wholeNumber(1, 268_435_456) },
};

/** Reads the configuration out of the environment; throws one error that names every bad variable. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const { values, problems } = readSettings(CONFIG_SETTINGS, environment);
  refuse('The configuration is invalid.', problems);
  return Object.freeze(values);
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
