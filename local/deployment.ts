import { idsOf, type Resources } from '../infra/cloudformation.ts';
import { type Config, readConfig } from '../src/config.ts';
import { ACCOUNT_ID, KEY_ARN, REGION } from './aws/index.ts';
import { arnOf, nameOf, resolveIntrinsics } from './intrinsics.ts';
import type { MappingSettings } from './mapping/settings.ts';
import { packageService, type Template } from './package.ts';

/** A function as it is deployed. */
export interface DeployedFunction {
  readonly functionName: string;
  readonly functionArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly name: string;
  readonly eventBusName: string;
  readonly eventPattern: unknown;
  readonly targets: readonly { readonly id: string; readonly arn: string }[];
}

/** What `serverless.yml` deploys, with names in place of references. */
export interface Deployment extends DeployedFunction {
  /** What the function makes of its environment. */
  readonly config: Config;
  /** One for each stream. */
  readonly mappings: readonly MappingSettings[];
  readonly rules: readonly Rule[];
}

/** What must be there before a deployment can run, by name. */
export interface Surroundings {
  readonly buckets: readonly string[];
  readonly buses: readonly string[];
  readonly queues: readonly Queue[];
  readonly topics: readonly string[];
  readonly tables: readonly Table[];
}

interface Queue {
  readonly name: string;
  /** As SQS takes them. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface Table {
  readonly name: string;
  /** Its partition key, a string. */
  readonly key: string;
}

export interface Packaged {
  readonly deployment: Deployment;
  readonly surroundings: Surroundings;
  readonly template: Template;
}

/** Packages `serverless.yml` for streams of these clusters or instances. */
export async function packageDeployment(resourceIds: readonly string[], signal: AbortSignal): Promise<Packaged> {
  const parameters = { streamArn: resourceIds.map(streamArn).join(','), kmsKeyArn: KEY_ARN };
  const { template } = await packageService(parameters, signal);
  const { Resources: resources } = template;
  return { deployment: readDeployment(resources), surroundings: readSurroundings(resources), template };
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

interface QueueProperties {
  readonly VisibilityTimeout?: number;
  readonly RedrivePolicy?: unknown;
}

interface TableProperties {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

export function readDeployment(resources: Resources): Deployment {
  const lambda = readFunction(resources);
  return {
    ...lambda,
    config: readConfig(lambda.environment),
    mappings: readMappings(resources),
    rules: readRules(resources),
  };
}

/** The only function of a template. */
export function readFunction(resources: Resources): DeployedFunction {
  const [lambda, ...others] = allOf<FunctionProperties>('AWS::Lambda::Function', resources);
  if (lambda === undefined || others.length > 0) throw new Error('serverless.yml must have exactly one function');
  const { FunctionName: functionName, Environment: environment } = lambda.properties;
  return {
    functionName,
    functionArn: arnOf(resources, lambda.logicalId),
    timeoutSeconds: lambda.properties.Timeout,
    memoryMb: lambda.properties.MemorySize,
    environment: environment.Variables,
  };
}

export function readMappings<Settings = MappingSettings>(resources: Resources): readonly Settings[] {
  return allOf<Settings>('AWS::Lambda::EventSourceMapping', resources).map(({ properties }) => properties);
}

export function readRules(resources: Resources): readonly Rule[] {
  return allOf<RuleProperties>('AWS::Events::Rule', resources).map(({ logicalId: name, properties }) => {
    const { EventBusName: eventBusName, EventPattern: eventPattern, Targets: targets } = properties;
    return { name, eventBusName, eventPattern, targets: targets.map(({ Id: id, Arn: arn }) => ({ id, arn })) };
  });
}

export function readSurroundings(resources: Resources): Surroundings {
  const namesOf = (type: string) => idsOf(resources, type).map((logicalId) => nameOf(resources, logicalId));
  return {
    // Serverless adds a bucket for its own use.
    buckets: namesOf('AWS::S3::Bucket').filter((name) => !name.endsWith('serverlessdeploymentbucket')),
    buses: namesOf('AWS::Events::EventBus'),
    queues: allOf<QueueProperties>('AWS::SQS::Queue', resources).map(({ logicalId, properties }) => ({
      name: nameOf(resources, logicalId),
      attributes: readAttributes(properties),
    })),
    topics: namesOf('AWS::SNS::Topic'),
    tables: allOf<TableProperties>('AWS::DynamoDB::Table', resources).map(({ logicalId, properties }) => ({
      name: nameOf(resources, logicalId),
      key: String(properties.KeySchema[0]?.AttributeName),
    })),
  };
}

function readAttributes({ VisibilityTimeout: seconds, RedrivePolicy: policy }: QueueProperties) {
  return {
    ...(seconds !== undefined && { VisibilityTimeout: String(seconds) }),
    ...(policy !== undefined && { RedrivePolicy: JSON.stringify(policy) }),
  };
}

function allOf<Properties>(type: string, resources: Resources) {
  return idsOf(resources, type).map((logicalId) => ({
    logicalId,
    properties: resolveIntrinsics(resources[logicalId]?.Properties, resources) as Properties,
  }));
}
