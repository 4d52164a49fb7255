import { describe, expect, it } from 'vitest';
import { chosenEnvironment, PARAMETER_NAMES, readParameters } from '../../../infra/parameters.ts';
import { createStack } from '../../../infra/stack.ts';
import { KEY_ARN } from '../../../local/aws/index.ts';
import { streamArn } from '../../../local/deployment.ts';
import { readConfig } from '../../../src/config.ts';
import { DEFAULT_DROP_RULES } from '../../../src/drop-rules.ts';
import { errorOf, problemsIn } from '../../support/activity.ts';
import { CLUSTER, DEFAULTS, INSTANCE, PARAMS, PLACE, REQUIRED, SERVERLESS_YML } from '../../support/stack.ts';

type Given = Readonly<Record<string, unknown>>;

const read = (parameters: Given = {}) => readParameters({ ...DEFAULTS, ...REQUIRED, ...parameters }, PLACE);
const problemsOf = (parameters: Given) => problemsIn(() => read(parameters));

describe('serverless.yml', () => {
  it('gives every parameter a default but the two that nobody can guess', () => {
    expect(Object.keys(DEFAULTS).sort()).toEqual(
      PARAMETER_NAMES.filter((name) => name !== 'streamArn' && name !== 'kmsKeyArn').sort(),
    );
  });

  it.each(Object.keys(PARAMS))('keeps DDL and DCL for ever in the stage %s, and reads for a month at most', (stage) => {
    const { retentionDaysDDL, retentionDaysDCL, retentionDaysDQL } = read(PARAMS[stage]);

    expect([retentionDaysDDL, retentionDaysDCL]).toEqual([null, null]);
    expect(retentionDaysDQL).toBeLessThanOrEqual(30);
  });

  it("has the function's own defaults", () => {
    const required = { ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: 'activity' };

    const deployed = readConfig({ ...required, ...chosenEnvironment(DEFAULTS) });
    const own = readConfig(required);

    expect(JSON.parse(chosenEnvironment(DEFAULTS).DROP_RULES ?? '')).toEqual(JSON.parse(DEFAULT_DROP_RULES));
    expect({ ...deployed, dropRules: [] }).toEqual({ ...own, dropRules: [] });
  });
});

describe('a parameter holds', () => {
  it.each<readonly [string, unknown, unknown]>([
    ['streamArn', ` ${streamArn(CLUSTER)}`, [{ arn: streamArn(CLUSTER), resourceId: CLUSTER }]],
    ['kmsKeyArn', KEY_ARN.replace('arn:aws:', 'arn:aws-cn:'), [KEY_ARN.replace('arn:aws:', 'arn:aws-cn:')]],
    ['kmsKeyArn', `${KEY_ARN},${KEY_ARN}`, [KEY_ARN, KEY_ARN]],
    ['memorySize', '1024', 1024],
    ['batchSize', '10000', 10_000],
    ['parallelizationFactor', '10', 10],
    ['retentionDaysDQL', '1', 1],
    ['retentionDaysDQL', 'forever', null],
    ['objectLock', 'governance', 'governance'],
    ['logRetentionDays', '3653', 3653],
    ['busArchiveDays', '1', 1],
    ['alarmEmail', 'dba+alarm@mail.example.com', 'dba+alarm@mail.example.com'],
    ['sampleConsumers', false, false],
    ['subscribers', 'none', []],
    ['subscribers', 'o-a1b2c3d4e5', ['o-a1b2c3d4e5']],
    ['subscribers', '111122223333, 444455556666', ['111122223333', '444455556666']],
    ['formerSources', INSTANCE, [INSTANCE]],
    ['publishClasses', 'none', new Set()],
    ['publishAuxiliary', true, true],
    // The name of the archive's folder begins alike, and is another folder.
    ['quarantinePrefix', 'activity-quarantine', 'activity-quarantine'],
    ['statementText', 'none', 'none'],
  ])('%s %j', (name, value, expected) => {
    expect(read({ [name]: value })[name as 'streamArn']).toEqual(expected);
  });

  it('rules as YAML has them or as JSON', () => {
    const rules = [{ name: 'batch', pattern: { user: ['batch'] } }];

    for (const value of [rules, JSON.stringify(rules)]) {
      expect(read({ dropRules: value }).dropRules.map(({ name }) => name)).toEqual(['batch']);
    }
  });
});

const elsewhere = (arn: string) => arn.replace('eu-west-1', 'us-east-1');
const MANY_RULES = [{ name: 'many', pattern: { user: Array.from({ length: 800 }, (_, n) => `u${n}`) } }];
const MANY_STREAMS = Array.from({ length: 31 }, (_, n) => streamArn(`cluster-${n}`)).join();

describe('a parameter that is missing or malformed stops packaging with a sentence that says which and how it should look', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['streamArn', undefined, /is not set: it must be the ARN of a Database Activity Stream, .* as arn:aws:kinesis:/],
    ['streamArn', 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders', /it must be the ARN of a Database Activity/],
    ['streamArn', `${streamArn(CLUSTER)},${streamArn(CLUSTER)}`, /names one of its list twice/],
    ['streamArn', { 'Fn::Sub': streamArn(CLUSTER) }, /it must be the ARN/],
    ['kmsKeyArn', undefined, /is not set: it must be the ARN of the KMS key .* as arn:aws:kms:/],
    ['kmsKeyArn', 'alias/activity', /it must be the ARN of the KMS key/],
    ['memorySize', '511', /a whole number from 512 to 10240/],
    ['batchSize', 0, /from 1 to 10000/],
    ['batchWindowSeconds', 301, /from 0 to 300/],
    ['parallelizationFactor', 11, /from 1 to 10/],
    ['retentionDaysDDL', 0, /a number of days from 1 to 36500, or forever/],
    ['objectLock', 'on', /off, governance, compliance/],
    ['objectLockDays', 3651, /from 1 to 3650/],
    ['logRetentionDays', 31, /1, 3, 5, 7, 14, 30, 60/],
    ['busArchiveDays', 0, /from 1 to/],
    ['alarmEmail', 'a@b.c, d@e.f', /an e-mail address, or none/],
    ['sampleConsumers', 'yes', /true, false/],
    ['subscribers', '*', /one organisation as o-a1b2c3d4e5, a comma list of account ids/],
    ['formerSources', 'cluster_1', /resource ids as cluster-/],
    ['runbookUrl', 'a b', /URL or path/],
    ['runbookUrl', 'https://example.com/#runbook', /without a `#`/],
    ['archivePrefix', '/activity', /letters, digits/],
    ['eventSource', 'aws.rds', /not begin with `aws.`/],
    ['dropRules', [{ name: 'x', pattern: { clientApplication: ['psql'] } }], /the client itself declares it/],
  ])('%s: %j', (name, value, said) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(`^- ${name} .*${said.source}`)]);
  });

  it('all of them at once', () => {
    const problems = problemsOf({ streamArn: undefined, kmsKeyArn: 'x', memorySize: 1, sampelConsumers: true });

    const names = problems.map((problem) => /^- (\w+)/.exec(problem)?.[1]);
    expect(names.sort()).toEqual(['kmsKeyArn', 'memorySize', 'sampelConsumers', 'streamArn']);
  });

  it.each<readonly [string, Given, RegExp]>([
    ['an unknown name', { retentionDays: 3 }, /^- retentionDays is not a parameter/],
    ['a name that every object has', { toString: 3 }, /^- toString is not a parameter/],
    ['more keys than streams', { kmsKeyArn: [KEY_ARN, KEY_ARN, KEY_ARN].join() }, /names 3 keys for 2 streams/],
    ['a folder in the other', { quarantinePrefix: 'activity/quarantine' }, /lie one in the other/],
    ['the same folder twice', { archivePrefix: 'quarantine' }, /lie one in the other/],
    ['a folder among the marks', { archivePrefix: 'redriven/quarantine' }, /lies where a redrive puts its marks/],
    ['two organisations', { subscribers: 'o-a1b2c3d4e5,o-a1b2c3d4e6' }, /one organisation/],
    ['an organisation and an account', { subscribers: 'o-a1b2c3d4e5,111122223333' }, /one organisation/],
    ['streams alike but for a hyphen', { streamArn: ['db-A-B', 'db-AB'].map(streamArn).join() }, /punctuation alone/],
    ['too little memory', { memorySize: '1023' }, /memorySize 1023 is too little for .* of 33554432: give 1024/],
    ['too large a record', { maxRecordBytes: 32 * 1024 * 1024 + 1 }, /memorySize 1024 is too little .*: give 1025/],
    ['rules that do not fit', { dropRules: MANY_RULES }, /environment is \d+ bytes long: .* make DROP_RULES shorter/],
    ['a foreign stream', { streamArn: elsewhere(streamArn(CLUSTER)) }, /^- streamArn .*us-east.* than eu-west-1/],
    ['a foreign key', { kmsKeyArn: elsewhere(KEY_ARN) }, /^- kmsKeyArn .* lies in another Region/],
    ['too many streams', { streamArn: MANY_STREAMS }, /names 31 streams: a stack takes 30/],
  ])('values that cannot be deployed: %s', (_what, parameters, said) => {
    expect(problemsOf(parameters)).toEqual([expect.stringMatching(said)]);
  });

  it.each(['Prod', 'a_b', '', '-a', 'a'.repeat(31)])('a stage that no name can have: %j', (stage) => {
    const given = { ...DEFAULTS, ...REQUIRED };

    expect(errorOf(() => readParameters(given, { ...PLACE, stage })).message).toContain(`the stage is "${stage}"`);
  });
});

/** A value other than the default, of each parameter for which 11 is none. */
const OTHER: Readonly<Record<string, string>> = {
  streamArn: streamArn('cluster-OTHER'),
  kmsKeyArn: KEY_ARN.replace('11111111', '99999999'),
  archiveClasses: 'DDL',
  publishClasses: 'DDL',
  publishAuxiliary: 'true',
  statementText: 'full',
  dropRules: '[]',
  memorySize: '2048',
  parallelizationFactor: '2',
  objectLock: 'governance',
  logRetentionDays: '1',
  alarmEmail: 'dba@example.com',
  sampleConsumers: 'false',
  eventSchemas: 'true',
  subscribers: '111122223333',
  formerSources: 'cluster-GONE',
};

it.each(PARAMETER_NAMES)('the parameter %s changes what is deployed', (name) => {
  // The days of a lock show only with a lock.
  const given = { ...DEFAULTS, ...REQUIRED, objectLock: 'compliance' };
  const deploy = (parameters: object) => JSON.stringify(createStack({ ...given, ...parameters }, PLACE));

  const isChanged = deploy({ [name]: OTHER[name] ?? '11' }) !== deploy({});

  expect(isChanged || SERVERLESS_YML.includes(`\${param:${name}}`)).toBe(true);
});
