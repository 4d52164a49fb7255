import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { Document, isCollection, isPair, stringify, visit } from 'yaml';
import { KEY_ARN } from '../../local/aws/index.ts';
import { streamArn } from '../../local/deployment.ts';
import { packageService } from '../../local/package.ts';
import { breakAt } from '../support/lookup.ts';
import { CLUSTER, createResources, INSTANCE, REQUIRED } from '../support/stack.ts';
import { findErrors } from '../support/validate-template.ts';
import { createBreakages } from './breakages.ts';
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

const { template, code } = await packageService(VARIANTS.default);
const packaged = [
  { variant: 'default', resources: template.Resources },
  { variant: 'other', resources: (await packageService(VARIANTS.other)).template.Resources },
] as const;

describe.each(packaged)('in the template, variant $variant,', ({ variant, resources }) => {
  it('CloudFormation finds no error', () => {
    expect(findErrors(JSON.stringify({ ...template, Resources: resources }))).toEqual([]);
  });

  it.each(Object.entries(CHECKS))('%s', async (_what, check) => {
    expect(await check(resources)).toEqual([]);
  });

  it('the resources are those of the stack by the parameters, beside the bucket that Serverless adds', () => {
    const stack = createResources(VARIANTS[variant], 'dev');

    expect(resources).toMatchObject(stack);
    const added = Object.keys(resources).filter((logicalId) => !(logicalId in stack));
    expect(added).toEqual(['ServerlessDeploymentBucket', 'ServerlessDeploymentBucketPolicy']);
  });
});

describe('the package that is deployed', () => {
  it('is template.yml, which people read: accept a change with --update', async () => {
    await expect(writeReadable()).toMatchFileSnapshot('template.yml');
  });

  it('holds the handler and nothing else, and is small', () => {
    expect(Object.keys(unzipSync(code))).toEqual(['dist/handler.cjs']);
    expect(code.length).toBeLessThan(MOST_ZIP_BYTES);
  });

  it('is valid without a stream', () => {
    const { ServerlessDeploymentBucket, RouterLambdaFunction, RouterLogGroup } = template.Resources;
    const ofServerless = { ServerlessDeploymentBucket, RouterLambdaFunction, RouterLogGroup };

    const resources = { ...createResources({ streamArn: 'none' }, 'dev'), ...ofServerless };

    expect(findErrors(JSON.stringify({ ...template, Resources: resources }))).toEqual([]);
  });

  it('is not made without the parameters that it needs', async () => {
    const said = await packageService({ memorySize: '1' }).catch((cause: unknown) => String(cause));

    expect(said).toMatch(/- streamArn is not set: it must be the ARN of a Database Activity Stream/);
    expect(said).toMatch(/- kmsKeyArn is not set: it must be the ARN of the KMS key/);
    expect(said).toMatch(/- memorySize is "1": it may hold a whole number/);
    expect(said).not.toMatch(/^\s+at /m);
  });
});

describe('a check turns red at', () => {
  it.each(createBreakages(template.Resources))('$path: $problem', async ({ path, problem, value }) => {
    const resources = breakAt(template.Resources, path, value);

    const problems = await Promise.all(Object.values(CHECKS).map((check) => check(resources)));

    expect(problems.flat()).toContainEqual(expect.stringContaining(problem));
  });
});

it.each([
  ['an unknown property', 'ArchiveBucket.Versioning', true],
  ['a reference to nothing', 'RouterRole.RoleName', { Ref: 'Nothing' }],
  ['a missing property', 'DdlRule.Targets.0.Arn', undefined],
])('CloudFormation finds %s', (_what, path, value) => {
  const broken = { ...template, Resources: breakAt(template.Resources, path, value) };

  expect(findErrors(JSON.stringify(broken))).not.toEqual([]);
});

/** The template as Biome formats YAML, without what changes at every packaging, and with the dashboard's widgets at its end. */
function writeReadable(): string {
  const text = JSON.stringify(template).replace(
    /serverless\/das-router\/dev\/[^"]*\.zip/,
    '<folder of the package>.zip',
  );
  const readable = JSON.parse(text);
  const { DashboardBody: body } = readable.Resources.Dashboard.Properties;
  const { widgets, ...others } = JSON.parse(body['Fn::Sub']);
  body['Fn::Sub'] = { widgets: '<below>', ...others };
  const document = new Document({ ...readable, Widgets: widgets });
  visit(document, {
    Collection(_key, node, path) {
      const pair = path.at(-1);
      const key = isPair(pair) ? String(pair.key).length + 2 : 2;
      const indentation = 2 * (path.filter(isCollection).length - 1);
      const flow = stringify(node, { collectionStyle: 'flow', lineWidth: 0 })
        .trimEnd()
        .replaceAll(/(?<=\[) | (?=\])/g, '');
      node.flow = indentation + key + flow.length <= 120 && !flow.includes('\n');
    },
  });
  return document.toString({ lineWidth: 0 }).replaceAll(/(?<=\[) | (?=\])/g, '');
}
