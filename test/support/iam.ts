import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Resources } from '../../infra/cloudformation.ts';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { arnOf, resolveIntrinsics } from '../../local/intrinsics.ts';
import { propertiesOf } from './lookup.ts';

/** What IAM is asked. */
export interface Request {
  /** ARN, or a service's name; the function's role where none is given. */
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Policy {
  readonly name: string;
  readonly policy: unknown;
}

/** The policies of somebody who may do all. */
export const EVERYTHING: readonly Policy[] = [
  {
    name: 'everything',
    policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  },
];

const ROLE = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/das-router/router`;

/**
 * Says as IAM would whether the caller's policies and the resource's own policy in the template allow a request. The caller
 * is the function's role where nothing is said.
 */
export async function isAllowed(
  request: Request,
  resources: Resources,
  policies: readonly Policy[] = request.principal === undefined ? readRolePolicies(resources) : [],
): Promise<boolean> {
  const { principal = ROLE, action, resource, context = {} } = request;
  const resourcePolicy = nameContextKeys(findResourcePolicy(resource, resources));
  const answer = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: ACCOUNT_ID },
        contextVariables: {
          'aws:SecureTransport': 'true',
          ...Object.fromEntries(Object.entries(nameContextKeys(context)).map(([key, value]) => [key, [value].flat()])),
        },
      },
      identityPolicies: nameContextKeys([...policies]),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
}

/**
 * The simulator does not know KMS' keys for a part of the encryption context. It takes any name for a tag of the request,
 * which is compared alike: so they go by that name in policies and request.
 */
function nameContextKeys<T>(value: T): T {
  if (value === undefined) return value;
  return JSON.parse(JSON.stringify(value).replaceAll('"kms:EncryptionContext:', '"aws:RequestTag/EncryptionContext:'));
}

/** The statements of the function's role. */
export function readRolePolicies(resources: Resources): readonly Policy[] {
  const policies = resources.RouterRole?.Properties.Policies as readonly {
    PolicyName: string;
    PolicyDocument: unknown;
  }[];
  return policies.map(({ PolicyName: name, PolicyDocument: policy }) => ({
    name,
    policy: resolveIntrinsics(policy, resources),
  }));
}

const DEFAULT_KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` }, Action: 'kms:*', Resource: '*' },
  ],
};

/** What each type of policy is for: ARNs. */
const SUBJECTS: Readonly<Record<string, (resources: Resources, logicalId: string) => readonly string[]>> = {
  'AWS::S3::BucketPolicy': (resources, logicalId) => [
    arnOf(resources, propertiesOf(resources, 'AWS::S3::BucketPolicy', logicalId).Bucket.Ref),
  ],
  'AWS::SQS::QueuePolicy': (resources, logicalId) =>
    propertiesOf(resources, 'AWS::SQS::QueuePolicy', logicalId).Queues.map(({ Ref: queue }) => arnOf(resources, queue)),
  'AWS::SNS::TopicPolicy': (resources, logicalId) =>
    propertiesOf(resources, 'AWS::SNS::TopicPolicy', logicalId).Topics.map(({ Ref: topic }) => arnOf(resources, topic)),
  'AWS::Events::EventBusPolicy': (resources) => {
    const bus = arnOf(resources, 'ActivityBus');
    return [bus, bus.replace(':event-bus/', ':rule/')];
  },
};

function findResourcePolicy(arn: string, resources: Resources): unknown {
  for (const [logicalId, { Type: type, Properties: properties }] of Object.entries(resources)) {
    const subjects = SUBJECTS[type]?.(resources, logicalId) ?? [arnOf(resources, logicalId)];
    if (!subjects.some((subject) => arn === subject || arn.startsWith(`${subject}/`))) continue;
    const { KeyPolicy: ofKey, PolicyDocument: ofOthers, Statement: ofBus } = properties;
    const policy = ofKey ?? ofOthers ?? (ofBus && { Version: '2012-10-17', Statement: [ofBus] });
    if (policy !== undefined) return resolveIntrinsics(policy, resources);
  }
  // The stream's key, and any other that is not the stack's.
  return arn.startsWith('arn:aws:kms:') ? DEFAULT_KEY_POLICY : undefined;
}
