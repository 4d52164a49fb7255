import type { Resources } from '../infra/cloudformation.ts';
import { type Config, readConfig } from '../src/config.ts';
import { ACCOUNT_ID, KEY_ARN, REGION } from './aws/index.ts';
import type { MappingSettings } from './event-source-mapping.ts';
import { nameOf, resolveIntrinsics } from './intrinsics.ts';
import { packageService, type Template } from './package.ts';

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
  /** What the function makes of its environment. */
  readonly config: Config;
  /** One for each stream. */
  readonly mappings: readonly MappingSettings[];
  readonly buckets: readonly string[];
  readonly buses: readonly string[];
  readonly queueNames: readonly string[];
  readonly topicNames: readonly string[];
  readonly rules: readonly Rule[];
}

/** Packages `serverless.yml` for streams of these clusters or instances. */
export async function packageDeployment(
  resourceIds: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly deployment: Deployment; readonly template: Template }> {
  const parameters = { streamArn: resourceIds.map(streamArn).join(','), kmsKeyArn: KEY_ARN };
  const { template } = await packageService(parameters, signal);
  return { deployment: readDeployment(template.Resources), template };
}

export function streamName(resourceId: string): string {
  return `aws-rds-das-${resourceId}`;
}

export function streamArn(resourceId: string): string {
  return `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${streamName(resourceId)}`;
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
  const [lambda, ...others] = allOf<FunctionProperties>('AWS::Lambda::Function', resources);
  if (lambda === undefined || others.length > 0) throw new Error('serverless.yml must have exactly one function');
  const { FunctionName: functionName, Environment: environment } = lambda.properties;
  return {
    functionName,
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionName}`,
    timeoutSeconds: lambda.properties.Timeout,
    memoryMb: lambda.properties.MemorySize,
    environment: environment.Variables,
    config: readConfig(environment.Variables),
    mappings: allOf<MappingSettings>('AWS::Lambda::EventSourceMapping', resources).map(({ properties }) => properties),
    // Serverless adds a bucket for its own use.
    buckets: namesOf('AWS::S3::Bucket', resources).filter((name) => !name.endsWith('serverlessdeploymentbucket')),
    buses: namesOf('AWS::Events::EventBus', resources),
    queueNames: namesOf('AWS::SQS::Queue', resources),
    topicNames: namesOf('AWS::SNS::Topic', resources),
    rules: allOf<RuleProperties>('AWS::Events::Rule', resources).map(({ logicalId: name, properties }) => {
      const { EventBusName: eventBusName, EventPattern: eventPattern, Targets: targets } = properties;
      return { name, eventBusName, eventPattern, targets: targets.map(({ Id: id, Arn: arn }) => ({ id, arn })) };
    }),
  };
}

function idsOf(type: string, resources: Resources): readonly string[] {
  return Object.keys(resources).filter((logicalId) => resources[logicalId]?.Type === type);
}

function namesOf(type: string, resources: Resources): readonly string[] {
  return idsOf(type, resources).map((logicalId) => nameOf(resources, logicalId));
}

function allOf<Properties>(type: string, resources: Resources) {
  return idsOf(type, resources).map((logicalId) => ({
    logicalId,
    properties: resolveIntrinsics(resources[logicalId]?.Properties, resources) as Properties,
  }));
}
