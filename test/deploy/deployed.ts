import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, GetTemplateCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { unzipSync } from 'fflate';
import { clientOptions } from '../../local/aws/index.ts';
import type { Deployment, Rule } from '../../local/deployment.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import type { Template } from '../../local/package.ts';
import { readConfig } from '../../src/config.ts';
import { STACK } from './commands.ts';

type PhysicalIds = ReadonlyMap<string, string>;

/** The stack as it was deployed, read back through AWS' own interfaces. */
export interface Deployed {
  readonly template: Template;
  readonly deployment: Deployment;
  readonly physicalIds: PhysicalIds;
  /** The file of the deployed package that the function runs. */
  readonly bundle: string;
}

/** Returns physical ids by logical ids, of the resources that were created. */
export async function readPhysicalIds(endpointUrl: string, stack = STACK): Promise<PhysicalIds> {
  const cloudFormation = new CloudFormationClient(clientOptions(endpointUrl, 'operator'));
  const { StackResourceSummaries: resources = [] } = await cloudFormation.send(
    new ListStackResourcesCommand({ StackName: stack }),
  );
  return new Map(
    resources.map(({ LogicalResourceId: logicalId = '', PhysicalResourceId: id = '' }) => [logicalId, id]),
  );
}

export async function readDeployed(endpointUrl: string): Promise<Deployed> {
  const options = clientOptions(endpointUrl, 'operator');
  const { TemplateBody: body = '{}' } = await new CloudFormationClient(options).send(
    new GetTemplateCommand({ StackName: STACK }),
  );
  const template: Template = JSON.parse(body);
  const physicalIds = await readPhysicalIds(endpointUrl);

  const lambda = new LambdaClient(options);
  const functionName = String(physicalIds.get('RouterLambdaFunction'));
  const { Configuration: configuration = {} } = await lambda.send(
    new GetFunctionCommand({ FunctionName: functionName }),
  );
  const environment = configuration.Environment?.Variables ?? {};
  const functionArn = String(configuration.FunctionArn);
  const { EventSourceMappings: mappings } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionArn }),
  );
  return {
    template,
    physicalIds,
    bundle: await readBundle(new S3Client(options), template, physicalIds, configuration.CodeSha256),
    deployment: {
      functionName,
      functionArn,
      timeoutSeconds: Number(configuration.Timeout),
      memoryMb: Number(configuration.MemorySize),
      environment,
      config: readConfig(environment),
      mappings: mappings as readonly MappingSettings[],
      rules: await readRules(new EventBridgeClient(options), template, physicalIds),
    },
  };
}

/** Writes the handler of the package that the template refers to. Throws where Lambda has another package. */
async function readBundle(
  s3: S3Client,
  { Resources: resources }: Template,
  physicalIds: PhysicalIds,
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

/** Reads the rules of the stack: other files may add their own to its bus. */
async function readRules(
  eventBridge: EventBridgeClient,
  { Resources: resources }: Template,
  physicalIds: PhysicalIds,
): Promise<readonly Rule[]> {
  const own = [...physicalIds].filter(([logicalId]) => resources[logicalId]?.Type === 'AWS::Events::Rule');
  return Promise.all(
    own.map(async ([, id]) => {
      const [name, bus] = [id.replace(/^.*[/|]/, ''), { EventBusName: STACK }];
      const { EventPattern: pattern = '' } = await eventBridge.send(new DescribeRuleCommand({ ...bus, Name: name }));
      const { Targets: found = [] } = await eventBridge.send(new ListTargetsByRuleCommand({ ...bus, Rule: name }));
      const targets = found.map(({ Id: targetId = '', Arn: arn = '' }) => ({ id: targetId, arn }));
      return { name, eventBusName: STACK, eventPattern: JSON.parse(pattern), targets };
    }),
  );
}
