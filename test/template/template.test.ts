import { unzipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { KEY_ARN } from '../../local/aws/index.ts';
import { streamArn } from '../../local/deployment.ts';
import { packageService, type ServicePackage } from '../../local/package.ts';
import { CLUSTER, INSTANCE, REQUIRED } from '../support/stack.ts';
import { findErrors } from '../support/validate-template.ts';
import { BREAKAGES, breakAt } from './breakages.ts';
import { CHECKS } from './checks.ts';

const MOST_ZIP_BYTES = 1_500_000;

/** What is deployed by default, and with all else that can be asked for. */
const VARIANTS = {
  default: REQUIRED,
  other: {
    streamArn: streamArn(CLUSTER),
    kmsKeyArn: KEY_ARN,
    archivePrefix: 'audit/das',
    eventSource: 'com.example.audit',
    publishClasses: 'none',
    dropRules: '[{"name":"batch","pattern":{"user":["batch"]}}]',
    objectLock: 'compliance',
    logRetentionDays: '365',
    memorySize: '2048',
    alarmEmail: 'dba@example.com',
    sampleConsumers: 'false',
    eventSchemas: 'true',
    subscribers: 'o-a1b2c3d4e5',
    formerSources: INSTANCE,
  },
} as const;

const packages = new Map<string, ServicePackage>();
beforeAll(async () => {
  for (const [name, parameters] of Object.entries(VARIANTS)) packages.set(name, await packageService(parameters));
});

function packageOf(variant: keyof typeof VARIANTS): ServicePackage {
  const found = packages.get(variant);
  if (found === undefined) throw new Error(`${variant} was not packaged`);
  return found;
}

describe.each(Object.keys(VARIANTS) as (keyof typeof VARIANTS)[])('in the template, variant %s,', (variant) => {
  it('CloudFormation finds no error', () => {
    expect(findErrors(JSON.stringify(packageOf(variant).template))).toEqual([]);
  });

  it.each(Object.entries(CHECKS))('%s', async (_what, check) => {
    expect(await check(packageOf(variant).template.Resources)).toEqual([]);
  });
});

describe('the package that is deployed', () => {
  it('is template.yml, which people read: accept a change with --update', async () => {
    const readable = stringify(makeReadable(packageOf('default').template), { lineWidth: 0 });

    await expect(readable).toMatchFileSnapshot('template.yml');
  });

  it('holds the handler and nothing else, and is small', () => {
    const { code, template } = packageOf('default');

    expect(Object.keys(unzipSync(code))).toEqual(['dist/handler.cjs']);
    expect(code.length).toBeLessThan(MOST_ZIP_BYTES);
    expect(template.Resources.RouterLambdaFunction?.Properties).toMatchObject({
      Handler: 'dist/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
  });

  it('can be had without a stream', async () => {
    const { template } = await packageService({ streamArn: 'none', kmsKeyArn: KEY_ARN });

    expect(findErrors(JSON.stringify(template))).toEqual([]);
  });

  it('is not made without the parameters that it needs', async () => {
    const said = await packageService({ memorySize: '1' }).catch((cause: unknown) => String(cause));

    expect(said).toMatch(/- streamArn is not set: it must be the ARN of a Database Activity Stream/);
    expect(said).toMatch(/- kmsKeyArn is not set: it must be the ARN of the KMS key/);
    expect(said).toMatch(/- memorySize is "1": it may hold a whole number/);
    expect(said).not.toMatch(/^\s+at /m);
  });

  it('takes the parameters', () => {
    const { Resources: resources } = packageOf('other').template;

    expect(resources.RouterLambdaFunction?.Properties).toMatchObject({
      MemorySize: 2048,
      Environment: {
        Variables: { ARCHIVE_PREFIX: 'audit/das', EVENT_SOURCE: 'com.example.audit', PUBLISH_CLASSES: '' },
      },
    });
    expect(resources.RouterLogGroup?.Properties.RetentionInDays).toBe(365);
  });
});

describe('a check turns red at', () => {
  it.each(BREAKAGES)('%s', async (_what, path, value, said) => {
    const resources = breakAt(packageOf('default').template.Resources, path, value);

    const problems = await Promise.all(Object.values(CHECKS).map((check) => check(resources)));

    expect(problems.flat()).toContainEqual(expect.stringMatching(said));
  });
});

describe('CloudFormation turns red at', () => {
  it.each([
    ['a property that there is not', ['ArchiveBucket', 'Properties', 'Versioning'], true],
    ['a reference to nothing', ['RouterRole', 'Properties', 'RoleName'], { Ref: 'Nothing' }],
    ['a property that is missing', ['DdlRule', 'Properties', 'Targets', 0, 'Arn'], undefined],
  ])('%s', (_what, path, value) => {
    const { template } = packageOf('default');

    expect(
      findErrors(JSON.stringify({ ...template, Resources: breakAt(template.Resources, path, value) })),
    ).not.toEqual([]);
  });
});

/** The template without what changes at every packaging, and with the dashboard written out. */
function makeReadable(template: unknown): unknown {
  const text = JSON.stringify(template).replace(
    /serverless\/das-router\/dev\/[^"]*\.zip/,
    '<folder of the package>.zip',
  );
  const readable = JSON.parse(text);
  const { Properties: dashboard } = readable.Resources.Dashboard;
  dashboard.DashboardBody = { 'Fn::Sub': JSON.parse(dashboard.DashboardBody['Fn::Sub']) };
  return readable;
}
