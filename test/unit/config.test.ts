import { expect, it } from 'vitest';
import { ACTIVITY_CLASSES } from '../../src/activity.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { createActivity, createConfig, problemsIn } from '../support/activity.ts';

const REQUIRED = { ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: 'activity' };
const problemsOf = (environment: Readonly<Record<string, string>>) => problemsIn(() => readConfig(environment));

it('a variable that is not set has its default', () => {
  const { dropRules, ...others } = readConfig(REQUIRED);

  expect(dropRules.map(({ name }) => name)).toEqual(['service-users']);
  expect(others).toEqual({
    archiveBucket: 'archive',
    archivePrefix: 'activity',
    quarantinePrefix: 'quarantine',
    eventBusName: 'activity',
    eventSource: 'das-router',
    archiveClasses: new Set(ACTIVITY_CLASSES),
    publishClasses: new Set(['DDL', 'DML', 'DCL', 'AUTH_FAILURE', 'ERROR']),
    publishAuxiliary: false,
    statementText: 'redacted',
    dataKeyTtlSeconds: 300,
    dataKeyCacheSize: 100,
    maxRecordBytes: 33_554_432,
  });
});

it.each<[string, keyof Config, string, unknown?]>([
  ['ARCHIVE_BUCKET', 'archiveBucket', 'my-archive.eu'],
  ['ARCHIVE_PREFIX', 'archivePrefix', 'audit/das'],
  ['QUARANTINE_PREFIX', 'quarantinePrefix', 'poison'],
  ['EVENT_BUS_NAME', 'eventBusName', 'arn:aws:events:eu-west-1:111122223333:event-bus/audit'],
  ['EVENT_SOURCE', 'eventSource', 'com.example.audit'],
  ['ARCHIVE_CLASSES', 'archiveClasses', '*', new Set(ACTIVITY_CLASSES)],
  ['ARCHIVE_CLASSES', 'archiveClasses', 'DCL', new Set(['DCL'])],
  ['PUBLISH_CLASSES', 'publishClasses', 'TCL,UNKNOWN', new Set(['TCL', 'UNKNOWN'])],
  ['PUBLISH_CLASSES', 'publishClasses', '', new Set()],
  ['PUBLISH_AUXILIARY', 'publishAuxiliary', 'true', true],
  ['STATEMENT_TEXT', 'statementText', 'full'],
  ['STATEMENT_TEXT', 'statementText', 'none'],
  ['DROP_RULES', 'dropRules', '[]', []],
  ['DATA_KEY_TTL_SECONDS', 'dataKeyTtlSeconds', '0', 0],
  ['DATA_KEY_TTL_SECONDS', 'dataKeyTtlSeconds', '3600', 3600],
  ['DATA_KEY_CACHE_SIZE', 'dataKeyCacheSize', '1', 1],
  ['MAX_RECORD_BYTES', 'maxRecordBytes', '1048576', 1_048_576],
])('a variable holds: %s, %s: %s', (variable, key, text, expected = text) => {
  expect(createConfig({ [variable]: text })[key]).toEqual(expected);
});

it('DROP_RULES holds a list of names and patterns', () => {
  const { dropRules } = createConfig({ DROP_RULES: '[{"name":"rule","pattern":{"user":["backup"]}}]' });

  expect(dropRules.map(({ name }) => name)).toEqual(['rule']);
  const users = ['backup', 'rdsadmin'].filter((user) => dropRules[0]?.matches(createActivity({ user })));
  expect(users).toEqual(['backup']);
});

const BAD: readonly [string, readonly string[]][] = [
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

it.each(BAD)('a bad value fails the start with what the variable holds and may hold: %s, %j', (variable, texts) => {
  for (const text of texts) {
    const [problem, ...others] = problemsOf({ ...REQUIRED, [variable]: text });

    expect(others).toEqual([]);
    expect(problem).toContain(`- ${variable} is ${JSON.stringify(text).slice(0, 60)}`);
    expect(problem).toMatch(/: it may hold /);
  }
});

it('one error lists every bad variable', () => {
  const bad = BAD.map(([variable, [, text = '']]) => [variable, text] as const);

  expect(problemsOf(Object.fromEntries(bad)).map((problem) => problem.split(': it may hold ')[0])).toEqual(
    bad.map(([variable, text]) => `- ${variable} is ${JSON.stringify(text)}`),
  );
});

it.each(['ARCHIVE_BUCKET', 'EVENT_BUS_NAME'])('a required variable that is not set fails the start: %s', (variable) => {
  const { [variable]: _, ...environment } = REQUIRED as Record<string, string>;

  expect(problemsOf(environment)).toEqual([expect.stringMatching(new RegExp(`^- ${variable} is not set: .*may hold`))]);
});

it.each([
  ['PUBLISH_CLASSES', 'NOBODY', ACTIVITY_CLASSES],
  ['STATEMENT_TEXT', 'blurred', ['redacted', 'full', 'none']],
  ['PUBLISH_AUXILIARY', 'perhaps', ['true', 'false']],
] as const)('%s: the error lists all words that are allowed', (variable, text, words) => {
  const problems = problemsOf({ ...REQUIRED, [variable]: text });

  for (const word of words) expect(problems[0]).toContain(word);
});
