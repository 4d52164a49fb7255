import { describe, expect, it } from 'vitest';
import { chosenEnvironment, PARAMETER_NAMES, type Parameters, readParameters } from '../../../infra/parameters.ts';
import { createStack } from '../../../infra/stack.ts';
import { KEY_ARN } from '../../../local/aws/index.ts';
import { streamArn } from '../../../local/deployment.ts';
import { ACTIVITY_CLASSES } from '../../../src/activity.ts';
import { readConfig } from '../../../src/config.ts';
import { DEFAULT_DROP_RULES } from '../../../src/drop-rules.ts';
import { errorOf } from '../../support/activity.ts';
import { CLUSTER, DEFAULTS, INSTANCE, PARAMS, PLACE, REQUIRED, SERVERLESS_YML } from '../../support/stack.ts';

function read(parameters: Readonly<Record<string, unknown>> = {}) {
  return readParameters({ ...DEFAULTS, ...REQUIRED, ...parameters }, PLACE);
}

/** The lines of the error, each of which names one parameter. */
function problemsOf(parameters: Readonly<Record<string, unknown>>): readonly string[] {
  const lines = errorOf(() => read(parameters)).message.split('\n');
  return lines.filter((line) => line.startsWith('- '));
}

describe('serverless.yml', () => {
  it('gives every parameter a default but the two that nobody can guess', () => {
    expect(Object.keys(DEFAULTS).sort()).toEqual(
      PARAMETER_NAMES.filter((name) => name !== 'streamArn' && name !== 'kmsKeyArn').sort(),
    );
  });

  it.each(Object.keys(PARAMS))('gives the stage %s values that are accepted', (stage) => {
    expect(() => read(PARAMS[stage])).not.toThrow();
  });

  it("has the contract's defaults", () => {
    const required = { ARCHIVE_BUCKET: 'archive', EVENT_BUS_NAME: 'activity' };

    const deployed = readConfig({ ...required, ...chosenEnvironment(DEFAULTS) });
    const contract = readConfig(required);

    expect(JSON.parse(chosenEnvironment(DEFAULTS).DROP_RULES ?? '')).toEqual(JSON.parse(DEFAULT_DROP_RULES));
    expect({ ...deployed, dropRules: [] }).toEqual({ ...contract, dropRules: [] });
  });

  it('keeps DDL and DCL for ever in every stage, and lets reads expire within a month', () => {
    for (const stage of Object.keys(PARAMS)) {
      const parameters = read(PARAMS[stage]);

      expect([parameters.retentionDaysDDL, parameters.retentionDaysDCL]).toEqual([null, null]);
      expect(parameters.retentionDaysDQL).toBeLessThanOrEqual(30);
    }
  });
});

describe('a parameter holds', () => {
  it.each<readonly [string, unknown, unknown]>([
    ['streamArn', ` ${streamArn(CLUSTER)}`, [{ arn: streamArn(CLUSTER), resourceId: CLUSTER }]],
    ['kmsKeyArn', KEY_ARN.replace('arn:aws:', 'arn:aws-cn:'), [KEY_ARN.replace('arn:aws:', 'arn:aws-cn:')]],
    ['kmsKeyArn', `${KEY_ARN},${KEY_ARN}`, [KEY_ARN, KEY_ARN]],
    ['memorySize', '1024', 1024],
    ['memorySize', 10_240, 10_240],
    ['batchSize', '10000', 10_000],
    ['batchWindowSeconds', 0, 0],
    ['parallelizationFactor', '10', 10],
    ['retentionDaysDQL', '1', 1],
    ['retentionDaysDQL', 'forever', null],
    ['objectLock', 'governance', 'governance'],
    ['logRetentionDays', '3653', 3653],
    ['busArchiveDays', '1', 1],
    ['alarmEmail', 'none', null],
    ['alarmEmail', 'dba+alarm@mail.example.com', 'dba+alarm@mail.example.com'],
    ['sampleConsumers', false, false],
    ['subscribers', 'none', []],
    ['subscribers', 'o-a1b2c3d4e5', ['o-a1b2c3d4e5']],
    ['subscribers', '111122223333, 444455556666', ['111122223333', '444455556666']],
    ['formerSources', INSTANCE, [INSTANCE]],
    ['publishClasses', 'none', new Set()],
    ['publishClasses', 'DDL', new Set(['DDL'])],
    ['publishAuxiliary', true, true],
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

describe('a parameter that is missing or malformed stops packaging with a sentence that says which and how it should look', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['streamArn', undefined, /is not set: it must be the ARN of a Database Activity Stream, .* as arn:aws:kinesis:/],
    ['streamArn', null, /is not set/],
    ['streamArn', '', /is "": it must be the ARN/],
    ['streamArn', 'arn:aws:kinesis:eu-west-1:111122223333:stream/orders', /it must be the ARN of a Database Activity/],
    ['streamArn', `${streamArn(CLUSTER)},`, /it must be the ARN/],
    ['streamArn', `${streamArn(CLUSTER)},${streamArn(CLUSTER)}`, /names one of its list twice/],
    ['streamArn', { 'Fn::Sub': streamArn(CLUSTER) }, /it must be the ARN/],
    ['kmsKeyArn', undefined, /is not set: it must be the ARN of the KMS key .* as arn:aws:kms:/],
    ['kmsKeyArn', 'alias/activity', /it must be the ARN of the KMS key/],
    ['kmsKeyArn', '1234abcd-12ab-34cd-56ef-1234567890ab', /it must be the ARN of the KMS key/],
    ['kmsKeyArn', `${KEY_ARN},*`, /it must be the ARN of the KMS key/],
    ['memorySize', '511', /a whole number from 512 to 10240/],
    ['memorySize', '1GB', /a whole number/],
    ['batchSize', 0, /from 1 to 10000/],
    ['batchWindowSeconds', 301, /from 0 to 300/],
    ['parallelizationFactor', 11, /from 1 to 10/],
    ['retentionDaysDDL', 0, /a number of days from 1 to 36500, or forever/],
    ['retentionDaysAUTH_FAILURE', 'never', /a number of days/],
    ['retentionDaysQuarantine', -1, /a number of days/],
    ['objectLock', 'on', /off, governance, compliance/],
    ['objectLockDays', 'forever', /a whole number/],
    ['objectLockDays', 3651, /from 1 to 3650/],
    ['logRetentionDays', 31, /1, 3, 5, 7, 14, 30, 60/],
    ['busArchiveDays', 0, /from 1 to/],
    ['alarmEmail', 'dba', /an e-mail address, or none/],
    ['alarmEmail', 'a@b.c, d@e.f', /an e-mail address, or none/],
    ['sampleConsumers', 'yes', /true, false/],
    ['subscribers', '*', /one organisation as o-a1b2c3d4e5, a comma list of account ids/],
    ['subscribers', '12345', /account ids/],
    ['formerSources', 'cluster_1', /resource ids as cluster-/],
    ['runbookUrl', 'a b', /URL or path/],
    ['runbookUrl', 'https://example.com/#runbook', /without a `#`/],
    ['archivePrefix', '/activity', /letters, digits/],
    ['eventSource', 'aws.rds', /not begin with `aws.`/],
    ['archiveClasses', 'DDL,READ', /a comma list of DDL/],
    ['statementText', 'masked', /redacted, full, none/],
    ['dropRules', [{ name: 'x', pattern: { clientApplication: ['psql'] } }], /the client itself declares it/],
    ['dropRules', '', /a JSON list/],
    ['maxRecordBytes', '32 MiB', /a whole number/],
  ])('%s: %j', (name, value, said) => {
    const problems = problemsOf({ [name]: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^- ${name} `));
    expect(problems[0]).toMatch(said);
  });

  it('all of them at once', () => {
    const problems = problemsOf({ streamArn: undefined, kmsKeyArn: 'x', memorySize: 1, sampelConsumers: true });

    expect(problems.map((problem) => /^- (\w+)/.exec(problem)?.[1]).sort()).toEqual([
      'kmsKeyArn',
      'memorySize',
      'sampelConsumers',
      'streamArn',
    ]);
  });

  it('a name that is not a parameter', () => {
    expect(problemsOf({ retentionDays: 3 })).toEqual([expect.stringMatching(/^- retentionDays is not a parameter/)]);
    expect(problemsOf({ toString: 3 })).toEqual([expect.stringMatching(/^- toString is not a parameter/)]);
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'more keys than streams',
      { kmsKeyArn: `${KEY_ARN},${KEY_ARN},${KEY_ARN}` },
      /kmsKeyArn names 3 keys for 2 streams/,
    ],
    ['a folder in the other', { quarantinePrefix: 'activity/quarantine' }, /lie one in the other/],
    ['the same folder twice', { archivePrefix: 'quarantine' }, /lie one in the other/],
    ['a folder among the marks', { archivePrefix: 'redriven/quarantine' }, /lies where a redrive puts its marks/],
    ['two organisations', { subscribers: 'o-a1b2c3d4e5,o-a1b2c3d4e6' }, /one organisation/],
    ['an organisation and an account', { subscribers: 'o-a1b2c3d4e5,111122223333' }, /one organisation/],
    [
      'streams alike but for a hyphen',
      { streamArn: `${streamArn('db-A-B')},${streamArn('db-AB')}` },
      /punctuation alone/,
    ],
    [
      'less memory than the largest record needs',
      { memorySize: '1023' },
      /memorySize 1023 is too little for a maxRecordBytes of 33554432: give 1024/,
    ],
    [
      'a larger record than there is memory for',
      { maxRecordBytes: String(32 * 1024 * 1024 + 1) },
      /memorySize 1024 is too little .*: give 1025/,
    ],
    [
      'rules that do not fit',
      { dropRules: [{ name: 'many', pattern: { user: Array.from({ length: 800 }, (_, n) => `u${n}`) } }] },
      /environment is \d+ bytes long: .* make DROP_RULES shorter/,
    ],
  ])('values that contradict each other: %s', (_what, parameters, said) => {
    expect(problemsOf(parameters)).toEqual([expect.stringMatching(said)]);
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'a stream of another Region',
      { streamArn: streamArn(CLUSTER).replace('eu-west-1', 'us-east-1') },
      /^- streamArn .*us-east-1.* lies in another Region than eu-west-1/,
    ],
    [
      'a key of another Region',
      { kmsKeyArn: KEY_ARN.replace('eu-west-1', 'us-east-1') },
      /^- kmsKeyArn .* lies in another Region/,
    ],
    [
      'too many streams',
      { streamArn: Array.from({ length: 31 }, (_, n) => streamArn(`cluster-${n}`)).join(',') },
      /names 31 streams: a stack takes 30/,
    ],
  ])('what cannot be deployed here: %s', (_what, parameters, said) => {
    expect(problemsOf(parameters)).toEqual([expect.stringMatching(said)]);
  });

  it.each(['Prod', 'a_b', '', '-a', 'a'.repeat(31)])('a stage that no name can have: %j', (stage) => {
    const given = { ...DEFAULTS, ...REQUIRED };

    expect(errorOf(() => readParameters(given, { ...PLACE, stage })).message).toContain(`the stage is "${stage}"`);
  });

  it('folders whose names begin alike are two folders', () => {
    expect(() => read({ archivePrefix: 'audit', quarantinePrefix: 'audit-quarantine' })).not.toThrow();
  });
});

/** Another value than the default of each parameter. */
const OTHER: Record<keyof Parameters, string> = {
  streamArn: streamArn('cluster-OTHER'),
  kmsKeyArn: KEY_ARN.replace('11111111', '99999999'),
  archivePrefix: 'other',
  quarantinePrefix: 'other',
  eventSource: 'other',
  archiveClasses: 'DDL',
  publishClasses: 'DDL',
  publishAuxiliary: 'true',
  statementText: 'full',
  dropRules: '[]',
  dataKeyTtlSeconds: '1',
  dataKeyCacheSize: '1',
  maxRecordBytes: '1',
  memorySize: '2048',
  batchSize: '1',
  batchWindowSeconds: '2',
  parallelizationFactor: '2',
  eventSchemas: 'true',
  retentionDaysDDL: '11',
  retentionDaysDML: '11',
  retentionDaysDQL: '11',
  retentionDaysDCL: '11',
  retentionDaysTCL: '11',
  retentionDaysEXECUTE: '11',
  retentionDaysCONNECT: '11',
  retentionDaysDISCONNECT: '11',
  retentionDaysAUTH_FAILURE: '11',
  retentionDaysERROR: '11',
  retentionDaysMISC: '11',
  retentionDaysUNKNOWN: '11',
  retentionDaysQuarantine: '11',
  retentionDaysFailures: '11',
  objectLock: 'governance',
  objectLockDays: '11',
  logRetentionDays: '1',
  busArchiveDays: '11',
  alarmEmail: 'dba@example.com',
  sampleConsumers: 'false',
  subscribers: '111122223333',
  formerSources: 'cluster-GONE',
  runbookUrl: 'https://example.com/runbook',
};

describe('a parameter changes what is deployed', () => {
  // Its days show only with a lock.
  const given = { ...DEFAULTS, ...REQUIRED, objectLock: 'compliance' };

  it.each(Object.entries(OTHER))('%s', (name, value) => {
    const stack = JSON.stringify(createStack({ ...given, [name]: value }, PLACE));

    expect(stack !== JSON.stringify(createStack(given, PLACE)) || SERVERLESS_YML.includes(`\${param:${name}}`)).toBe(
      true,
    );
  });
});

it('there is a retention for each class', () => {
  for (const name of ACTIVITY_CLASSES) expect(PARAMETER_NAMES).toContain(`retentionDays${name}`);
});
