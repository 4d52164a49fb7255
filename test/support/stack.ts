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

/** What it gives the parameters, by stage. */
export const PARAMS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = parse(SERVERLESS_YML).params;

export const DEFAULTS = PARAMS.default ?? {};

/** What Serverless adds, as far as the rest refers to it. */
const OF_SERVERLESS: Resources = {
  RouterLogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/das-router-test-router' } },
  RouterLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'das-router-test-router' } },
};

/** The resources of a type, of all that are given. */
export function resourcesOf(resources: Resources, type: string): readonly Resource[] {
  return Object.values(resources).filter((resource) => resource.Type === type);
}

/** The resources that the parameters make. */
export function createResources(parameters: Readonly<Record<string, unknown>> = {}): Resources {
  const { resources } = createStack({ ...DEFAULTS, ...REQUIRED, ...parameters }, PLACE);
  return { ...OF_SERVERLESS, ...resources.Resources };
}
