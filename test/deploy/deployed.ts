import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, GetTemplateCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import {
  type EventSourceMappingConfiguration,
  GetFunctionCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { unzipSync } from 'fflate';
import { clientOptions } from '../../local/aws/index.ts';
import type { Deployment, Rule } from '../../local/deployment.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import type { Template } from '../../local/package.ts';
import { readConfig } from '../../src/config.ts';

/** A stack as it was deployed, read back through AWS' own interfaces. */
export interface Deployed {
  readonly template: Template;
  readonly deployment: Deployment;
  /** Physical ids by logical ids, of the resources that were made. */
  readonly physicalIds: ReadonlyMap<string, string>;
  /** What the function runs: a file of the package that was deployed. */
  readonly bundle: string;
  readonly function: Readonly<Record<string, unknown>>;
  readonly mappings: readonly EventSourceMappingConfiguration[];
  /** Of the stack's own rules. */
  readonly targets: readonly Target[];
}

export async function readDeployed(endpointUrl: string, stackName: string): Promise<Deployed> {
  const options = clientOptions(endpointUrl, 'operator');
  const cloudFormation = new CloudFormationClient(options);
  const { TemplateBody: body = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName: stackName }));
  const template: Template = JSON.parse(body);
  const listed = await cloudFormation.send(new ListStackResourcesCommand({ StackName: stackName }));
  const physicalIds = new Map(
    (listed.StackResourceSummaries ?? [])
      .filter(({ LogicalResourceId: logicalId }) => logicalId)
      .map(({ LogicalResourceId: logicalId = '', PhysicalResourceId: id = '' }) => [logicalId, id]),
  );

  const lambda = new LambdaClient(options);
  const functionName = String(physicalIds.get('RouterLambdaFunction'));
  const { Configuration: configuration = {} } = await lambda.send(
    new GetFunctionCommand({ FunctionName: functionName }),
  );
  const environment = configuration.Environment?.Variables ?? {};
  const { EventSourceMappings: mappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: configuration.FunctionArn }),
  );
  const rules = await readRules(new EventBridgeClient(options), String(environment.EVENT_BUS_NAME));
  return {
    template,
    physicalIds,
    function: { ...configuration },
    mappings,
    targets: rules.flatMap(({ targets }) => targets),
    bundle: await readBundle(new S3Client(options), template, physicalIds, configuration.CodeSha256),
    deployment: {
      functionName,
      functionArn: String(configuration.FunctionArn),
      timeoutSeconds: Number(configuration.Timeout),
      memoryMb: Number(configuration.MemorySize),
      environment,
      config: readConfig(environment),
      mappings: mappings.map(readMapping),
      rules: rules.map(({ rule }) => rule),
    },
  };
}

/** The handler out of the package that the stack's template names; it must be the one that Lambda took. */
async function readBundle(
  s3: S3Client,
  { Resources: resources }: Template,
  physicalIds: ReadonlyMap<string, string>,
  sha256: string | undefined,
): Promise<string> {
  const code = resources.RouterLambdaFunction?.Properties.Code as { readonly S3Key: string } | undefined;
  const bucket = physicalIds.get('ServerlessDeploymentBucket');
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: code?.S3Key }));
  const zip = (await body?.transformToByteArray()) ?? new Uint8Array();
  if (createHash('sha256').update(zip).digest('base64') !== sha256) throw new Error('Lambda runs another package');
  const file = join(await mkdtemp(join(tmpdir(), 'das-router-')), 'handler.cjs');
  await writeFile(file, unzipSync(zip)['dist/handler.cjs'] ?? '');
  return file;
}

function readMapping(mapping: EventSourceMappingConfiguration): MappingSettings {
  return {
    EventSourceArn: String(mapping.EventSourceArn),
    StartingPosition: mapping.StartingPosition === 'LATEST' ? 'LATEST' : 'TRIM_HORIZON',
    BatchSize: Number(mapping.BatchSize),
    MaximumBatchingWindowInSeconds: Number(mapping.MaximumBatchingWindowInSeconds),
    MaximumRetryAttempts: Number(mapping.MaximumRetryAttempts),
    MaximumRecordAgeInSeconds: Number(mapping.MaximumRecordAgeInSeconds),
    ...(mapping.ParallelizationFactor === undefined ? {} : { ParallelizationFactor: mapping.ParallelizationFactor }),
    BisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError === true,
    FunctionResponseTypes: mapping.FunctionResponseTypes ?? [],
    DestinationConfig: { OnFailure: { Destination: String(mapping.DestinationConfig?.OnFailure?.Destination) } },
  };
}

interface DeployedRule {
  readonly rule: Rule;
  readonly targets: readonly Target[];
}

async function readRules(eventBridge: EventBridgeClient, bus: string): Promise<readonly DeployedRule[]> {
  const { Rules: rules = [] } = await eventBridge.send(new ListRulesCommand({ EventBusName: bus }));
  return Promise.all(
    rules
      // The bus' archive is a rule of EventBridge's own.
      .filter(({ ManagedBy: manager }) => manager === undefined)
      .map(async ({ Name: name = '', EventPattern: pattern = '{}' }) => {
        const request = new ListTargetsByRuleCommand({ EventBusName: bus, Rule: name });
        const { Targets: targets = [] } = await eventBridge.send(request);
        const named = targets.map(({ Id: id = '', Arn: arn = '' }) => ({ id, arn }));
        return { rule: { name, eventBusName: bus, eventPattern: JSON.parse(pattern), targets: named }, targets };
      }),
  );
}
