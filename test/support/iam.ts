import { runSimulation } from '@cloud-copilot/iam-simulate';
import { administeredByAccount, policyDocument, type Resources, type Statement } from '../../infra/cloudformation.ts';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { arnOf, resolveIntrinsics } from '../../local/intrinsics.ts';
import { valueAt } from './lookup.ts';

/** What IAM is asked. */
export interface Request {
  /** ARN, or a service's name; the function's role where none is given. */
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request. */
  readonly context?: Readonly<Record<string, string>>;
}

interface Policy {
  readonly name: string;
  readonly policy: unknown;
}

/** The policies of a caller who may do everything. */
export const EVERYTHING: readonly Policy[] = [
  { name: 'everything', policy: policyDocument({ Sid: 'Everything', Effect: 'Allow', Action: '*', Resource: '*' }) },
];

const ROLE = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/das-router/router`;

/** Returns whether IAM allows a request by the caller's policies and the resource's own policy in the template. */
export async function isAllowed(
  request: Request,
  resources: Resources,
  policies: readonly Policy[] = request.principal === undefined ? readRolePolicies(resources) : [],
): Promise<boolean> {
  const { principal = ROLE, action, resource, context = {} } = request;
  const simulation = {
    request: {
      principal,
      action,
      resource: { resource, accountId: ACCOUNT_ID },
      contextVariables: { 'aws:SecureTransport': 'true', ...context },
    },
    identityPolicies: [...policies],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: findResourcePolicy(resource, resources),
  };
  const answer = await runSimulation(nameContextKeys(simulation), {});
  if (answer.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
}

/**
 * The simulator does not know KMS' keys for a part of the encryption context. It takes any name for a tag of the request,
 * which is compared alike: so they go by that name in policies and request.
 */
function nameContextKeys<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('"kms:EncryptionContext:', '"aws:RequestTag/EncryptionContext:'));
}

/** The policies of the function's role. */
export function readRolePolicies(resources: Resources): readonly Policy[] {
  return valueAt<readonly { PolicyName: string; PolicyDocument: unknown }[]>(resources, 'RouterRole.Policies').map(
    ({ PolicyName: name, PolicyDocument: policy }) => ({ name, policy: resolveIntrinsics(policy, resources) }),
  );
}

function findResourcePolicy(arn: string, resources: Resources): unknown {
  const bus = arnOf(resources, 'ActivityBus');
  for (const id of Object.keys(resources)) {
    const [key, document] = ['KeyPolicy', 'PolicyDocument'].map((name) => valueAt(resources, `${id}.${name}`));
    const ofBus = valueAt<Statement | undefined>(resources, `${id}.Statement`);
    const policy = key ?? document ?? (ofBus && policyDocument(ofBus));
    const references = ['Bucket', 'Queues', 'Topics'].flatMap((name) =>
      valueAt<readonly { Ref: string }[] | undefined>(resources, `${id}.${name}`),
    );
    const named = references.flatMap((reference) => (reference ? arnOf(resources, reference.Ref) : []));
    // A bus' policy holds for its rules too.
    const subjects = [
      ...named,
      ...(key ? [arnOf(resources, id)] : []),
      ...(ofBus ? [bus, bus.replace(':event-bus/', ':rule/')] : []),
    ];
    if (policy && subjects.some((subject) => arn === subject || arn.startsWith(`${subject}/`))) {
      return resolveIntrinsics(policy, resources);
    }
  }
  // The stream's key, and any other that is not the stack's.
  return arn.startsWith('arn:aws:kms:')
    ? resolveIntrinsics(policyDocument(administeredByAccount()), resources)
    : undefined;
}
