import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ACCOUNT_ID, REGION } from './aws/index.ts';
import type { MappingSettings } from './event-source-mapping.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

type Resources = Readonly<Record<string, Resource>>;

export interface Rule {
  readonly name: string;
  readonly eventBusName: string;
  readonly eventPattern: unknown;
  readonly targets: readonly { readonly id: string; readonly arn: string }[];
}

/** What `serverless.yml` deploys, with names in place of references. */
export interface Deployment {
  readonly functionName: string;
  readonly functionArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly mapping: MappingSettings;
  readonly buckets: readonly string[];
  readonly buses: readonly string[];
  readonly queueNames: readonly string[];
  readonly rules: readonly Rule[];
}

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '..');

/** Builds the bundle and packages `serverless.yml` with the Serverless Framework itself; nothing is read past it. */
export async function packageDeployment(signal: AbortSignal): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'das-router-'));
  try {
    const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
    await promisify(execFile)(process.execPath, [serverless, 'package', '--package', folder], { cwd: ROOT, signal });
    const template = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
    return readDeployment(JSON.parse(template).Resources);
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface FunctionProperties {
  readonly FunctionName: string;
  readonly Timeout: number;
  readonly MemorySize: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

interface RuleProperties {
  readonly EventBusName: string;
  readonly EventPattern: unknown;
  readonly Targets: readonly { readonly Id: string; readonly Arn: string }[];
}

function readDeployment(resources: Resources): Deployment {
  const lambda = onlyOne<FunctionProperties>('AWS::Lambda::Function', resources);
  return {
    functionName: lambda.FunctionName,
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${lambda.FunctionName}`,
    timeoutSeconds: lambda.Timeout,
    memoryMb: lambda.MemorySize,
    environment: lambda.Environment.Variables,
    mapping: onlyOne<MappingSettings>('AWS::Lambda::EventSourceMapping', resources),
    // Serverless adds a bucket for its own use.
    buckets: idsOf('AWS::S3::Bucket', resources)
      .filter((id) => id !== 'ServerlessDeploymentBucket')
      .map((id) => nameOf(id, resources)),
    buses: idsOf('AWS::Events::EventBus', resources).map((id) => nameOf(id, resources)),
    queueNames: idsOf('AWS::SQS::Queue', resources).map((id) => nameOf(id, resources)),
    rules: idsOf('AWS::Events::Rule', resources).map((name) => {
      const rule = resolve(resources[name]?.Properties, resources) as RuleProperties;
      const targets = rule.Targets.map(({ Id: id, Arn: arn }) => ({ id, arn }));
      return { name, eventBusName: rule.EventBusName, eventPattern: rule.EventPattern, targets };
    }),
  };
}

function idsOf(type: string, resources: Resources): readonly string[] {
  return Object.keys(resources).filter((logicalId) => resources[logicalId]?.Type === type);
}

function onlyOne<Properties>(type: string, resources: Resources): Properties {
  const [id, ...others] = idsOf(type, resources);
  if (id === undefined || others.length > 0) throw new Error(`serverless.yml must have exactly one ${type}`);
  return resolve(resources[id]?.Properties, resources) as Properties;
}

/** Puts names and ARNs in place of CloudFormation's `Ref` and `Fn::GetAtt`. */
function resolve(value: unknown, resources: Resources): unknown {
  if (Array.isArray(value)) return value.map((element) => resolve(element, resources));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly [string, string] };
  if (ref !== undefined) return nameOf(ref, resources);
  if (attribute?.[1] === 'Arn') return arnOf(attribute[0], resources);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, resources)]));
}

function nameOf(logicalId: string, resources: Resources): string {
  const { Type: type, Properties: properties = {} } = resources[logicalId] ?? {};
  const given = properties.Name ?? properties.BucketName ?? properties.QueueName;
  if (typeof given === 'string') return given;
  // CloudFormation makes up a name out of the logical id; a bucket's is in lower case.
  return type === 'AWS::S3::Bucket' ? `das-router-${logicalId.toLowerCase()}` : `das-router-${logicalId}`;
}

function arnOf(logicalId: string, resources: Resources): string {
  const service = resources[logicalId]?.Type.split('::')[1]?.toLowerCase();
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${nameOf(logicalId, resources)}`;
}
