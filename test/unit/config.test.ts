import { describe, expect, it } from 'vitest';
import { ACTIVITY_CLASSES } from '../../src/activity.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createActivity, createConfig, errorOf } from '../support/activity.ts';

const REQUIRED = { ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: 'activity' };

/** The lines of the error, each of which names one variable. */
function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  const lines = errorOf(() => readConfig(environment)).message.split('\n');
  return lines.filter((line) => line.startsWith('- '));
}

describe('a variable that is not set has the default of the contract', () => {
  const rows: readonly [string, keyof Config, unknown][] = [
    ['ARCHIVE_PREFIX', 'archivePrefix', 'activity'],
    ['QUARANTINE_PREFIX', 'quarantinePrefix', 'quarantine'],
    ['EVENT_SOURCE', 'eventSource', 'das-router'],
    ['ARCHIVE_CLASSES', 'archiveClasses', new Set(ACTIVITY_CLASSES)],
    ['PUBLISH_CLASSES', 'publishClasses', new Set(['DDL', 'DML', 'DCL', 'AUTH_FAILURE', 'ERROR'])],
    ['PUBLISH_AUXILIARY', 'publishAuxiliary', false],
    ['STATEMENT_TEXT', 'statementText', 'redacted'],
    ['DATA_KEY_TTL_SECONDS', 'dataKeyTtlSeconds', 300],
    ['DATA_KEY_CACHE_SIZE', 'dataKeyCacheSize', 100],
    ['MAX_RECORD_BYTES', 'maxRecordBytes', 33_554_432],
  ];

  it.each(rows)('%s', (_variable, key, expected) => {
    const config = readConfig(REQUIRED);

    expect(config[key]).toEqual(expected);
  });

  it('DROP_RULES: the service users are dropped', () => {
    const { dropRules } = readConfig(REQUIRED);

    const matching = dropRules.filter(({ matches }) => matches(createActivity({ user: 'rdsadmin' })));

    expect(matching).toHaveLength(1);
  });
});

describe('a variable holds what the contract lets it hold', () => {
  const rows: readonly [string, string, keyof Config, unknown][] = [
    ['ARCHIVE_BUCKET', 'my-archive.eu', 'archiveBucket', 'my-archive.eu'],
    ['ARCHIVE_PREFIX', 'audit/das', 'archivePrefix', 'audit/das'],
    ['QUARANTINE_PREFIX', 'poison', 'quarantinePrefix', 'poison'],
    ['EVENT_BUS_NAME', 'default', 'eventBusName', 'default'],
    [
      'EVENT_BUS_NAME',
      'arn:aws:events:eu-west-1:111122223333:event-bus/audit',
      'eventBusName',
      'arn:aws:events:eu-west-1:111122223333:event-bus/audit',
    ],
    ['EVENT_SOURCE', 'com.example.audit', 'eventSource', 'com.example.audit'],
    ['ARCHIVE_CLASSES', '*', 'archiveClasses', new Set(ACTIVITY_CLASSES)],
    ['ARCHIVE_CLASSES', 'DCL', 'archiveClasses', new Set(['DCL'])],
    ['PUBLISH_CLASSES', '*', 'publishClasses', new Set(ACTIVITY_CLASSES)],
    ['PUBLISH_CLASSES', 'TCL,UNKNOWN', 'publishClasses', new Set(['TCL', 'UNKNOWN'])],
    ['PUBLISH_CLASSES', '', 'publishClasses', new Set()],
    ['PUBLISH_AUXILIARY', 'true', 'publishAuxiliary', true],
    ['PUBLISH_AUXILIARY', 'false', 'publishAuxiliary', false],
    ['STATEMENT_TEXT', 'redacted', 'statementText', 'redacted'],
    ['STATEMENT_TEXT', 'full', 'statementText', 'full'],
    ['STATEMENT_TEXT', 'none', 'statementText', 'none'],
    ['DROP_RULES', '[]', 'dropRules', []],
    ['DATA_KEY_TTL_SECONDS', '0', 'dataKeyTtlSeconds', 0],
    ['DATA_KEY_TTL_SECONDS', '3600', 'dataKeyTtlSeconds', 3600],
    ['DATA_KEY_CACHE_SIZE', '1', 'dataKeyCacheSize', 1],
    ['MAX_RECORD_BYTES', '1048576', 'maxRecordBytes', 1_048_576],
  ];

  it.each(rows)('%s=%s', (variable, text, key, expected) => {
    const config = createConfig({ [variable]: text });

    expect(config[key]).toEqual(expected);
  });

  it('DROP_RULES holds a list of names and patterns', () => {
    const rules = [{ name: 'backup', pattern: { user: ['backup'] } }];

    const { dropRules } = createConfig({ DROP_RULES: JSON.stringify(rules) });

    expect(dropRules.map(({ name }) => name)).toEqual(['backup']);
    expect(dropRules.map(({ matches }) => matches(createActivity({ user: 'backup' })))).toEqual([true]);
    expect(dropRules.map(({ matches }) => matches(createActivity({ user: 'rdsadmin' })))).toEqual([false]);
  });
});

describe('a bad value fails the start, and the error says what the variable holds and may hold', () => {
  const rows: readonly [string, readonly string[]][] = [
    ['ARCHIVE_BUCKET', ['', 'x', 'Archive', 'with space', 's3://archive', '-archive', 'a'.repeat(64)]],
    ['ARCHIVE_PREFIX', ['', '/activity', 'activity/', 'a//b', 'a b', '../b', 'a?', 'a\n', 'a'.repeat(201)]],
    ['QUARANTINE_PREFIX', ['', '/quarantine', 'quarantine/', 'a//b', 'ü']],
    ['EVENT_BUS_NAME', ['', 'with space', 'a\n']],
    ['EVENT_SOURCE', ['', 'aws.rds', 'with space', 'a'.repeat(257)]],
    ['ARCHIVE_CLASSES', ['', 'DDL,', 'ddl', 'DDL;DML', 'DDL,NOTHING', '*,DDL', 'constructor']],
    ['PUBLISH_CLASSES', [',', 'DDL,', 'ddl', 'DDL DML', 'ALL', '__proto__']],
    ['PUBLISH_AUXILIARY', ['', 'TRUE', 'yes', '1', ' true']],
    ['STATEMENT_TEXT', ['', 'Full', 'masked', 'redacted,full']],
    ['DROP_RULES', ['', 'none', '{}', 'null', '[null]', '[{"name":"a"}]']],
    ['DATA_KEY_TTL_SECONDS', ['', '-1', '1.5', '1e3', '0x10', ' 5', '5s', 'NaN', 'Infinity', '9'.repeat(30)]],
    ['DATA_KEY_CACHE_SIZE', ['', '-1', '1.5', 'many', '9'.repeat(30)]],
    ['MAX_RECORD_BYTES', ['', '0', '-1', '32MB', '9'.repeat(30)]],
  ];

  it.each(rows.flatMap(([variable, texts]) => texts.map((text) => [variable, text] as const)))(
    '%s=%j',
    (variable, text) => {
      const environment = { ...REQUIRED, [variable]: text };

      const problems = problemsOf(environment);

      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`- ${variable} is ${JSON.stringify(text).slice(0, 60)}`);
      expect(problems[0]).toMatch(/: it may hold /);
    },
  );
});

describe('a required variable that is not set fails the start, and the error says what it may hold', () => {
  it.each(['ARCHIVE_BUCKET', 'EVENT_BUS_NAME'])('%s', (variable) => {
    const { [variable]: _, ...environment } = REQUIRED as Record<string, string>;

    const problems = problemsOf(environment);

    expect(problems).toEqual([expect.stringContaining(`- ${variable} is not set`)]);
    expect(problems[0]).toMatch(/may hold/);
  });
});

describe('everything is read before the start fails', () => {
  it('ONE error names every bad variable, what it holds and what it may hold', () => {
    const bad: Readonly<Record<string, string>> = {
      ARCHIVE_BUCKET: 'No Bucket',
      ARCHIVE_PREFIX: '/a',
      QUARANTINE_PREFIX: '/q',
      EVENT_BUS_NAME: 'no bus',
      EVENT_SOURCE: 'aws.rds',
      ARCHIVE_CLASSES: 'NOTHING',
      PUBLISH_CLASSES: 'NOBODY',
      PUBLISH_AUXILIARY: 'perhaps',
      STATEMENT_TEXT: 'blurred',
      DROP_RULES: 'no rules',
      DATA_KEY_TTL_SECONDS: 'long',
      DATA_KEY_CACHE_SIZE: 'large',
      MAX_RECORD_BYTES: 'huge',
    };

    const problems = problemsOf(bad);

    expect(problems).toEqual(
      Object.entries(bad).map(([variable, text]) =>
        expect.stringMatching(new RegExp(`^- ${variable} is ${JSON.stringify(text)}: it may hold `)),
      ),
    );
  });

  it.each([
    ['PUBLISH_CLASSES', 'NOBODY', ACTIVITY_CLASSES],
    ['STATEMENT_TEXT', 'blurred', ['redacted', 'full', 'none']],
    ['PUBLISH_AUXILIARY', 'perhaps', ['true', 'false']],
  ] as const)('%s: the error lists all words that are allowed', (variable, text, words) => {
    const problems = problemsOf({ ...REQUIRED, [variable]: text });

    for (const word of words) expect(problems[0]).toContain(word);
  });
});
