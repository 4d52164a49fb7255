import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Resource, Resources } from '../../infra/cloudformation.ts';
import { createStack } from '../../infra/stack.ts';
import { KEY_ARN, REGION } from '../../local/aws/index.ts';
import { streamArn } from '../../local/deployment.ts';
import { ROOT } from '../../local/package.ts';

export const CLUSTER = 'cluster-ABCDEFGHIJKLMNOPQRSTUVWX12';
export const INSTANCE = 'db-ZYXWVUTSRQPONMLKJIHGFEDC98';

/** Two streams, of an Aurora cluster and of an RDS instance. */
export const REQUIRED = { streamArn: [CLUSTER, INSTANCE].map(streamArn).join(','), kmsKeyArn: KEY_ARN } as const;

export const PLACE = { service: 'das-router', stage: 'test', region: REGION };

/** The text of serverless.yml. */
export const SERVERLESS_YML = readFileSync(join(ROOT, 'serverless.yml'), 'utf8');

const SERVICE = parse(SERVERLESS_YML);

/** What it gives the parameters, by stage. */
export const PARAMS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = SERVICE.params;

export const DEFAULTS = PARAMS.default ?? {};

/** The resources of a type, of all that are given. */
export function resourcesOf(resources: Resources, type: string): readonly Resource[] {
  return Object.values(resources).filter((resource) => resource.Type === type);
}

/**
 * The resources that the parameters make in a stage, without Serverless: its function and log group have the properties that
 * depend on a parameter or that others rely on. `test/template` compares them with what Serverless packages.
 */
export function createResources(parameters: Readonly<Record<string, unknown>> = {}, stage = PLACE.stage): Resources {
  const given: Readonly<Record<string, unknown>> = { ...DEFAULTS, ...PARAMS[stage], ...REQUIRED, ...parameters };
  const { environment, resources } = createStack(given, { ...PLACE, stage });
  const functionName = `das-router-${stage}-router`;
  return {
    RouterLogGroup: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: `/aws/lambda/${functionName}`, RetentionInDays: Number(given.logRetentionDays) },
    },
    RouterLambdaFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: functionName,
        MemorySize: Number(given.memorySize),
        Timeout: SERVICE.functions.router.timeout,
        Environment: { Variables: environment },
      },
    },
    ...resources.Resources,
  };
}
