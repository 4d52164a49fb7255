import type { Resources } from '../infra/cloudformation.ts';
import { ACCOUNT_ID, REGION } from './aws/index.ts';

/** What CloudFormation's `Ref` of a resource gives, where it is not the name. */
const REFERENCES: Readonly<Record<string, (resources: Resources, logicalId: string) => string>> = {
  'AWS::SNS::Topic': arnOf,
  'AWS::SQS::Queue': (resources, logicalId) =>
    `https://sqs.${REGION}.amazonaws.com/${ACCOUNT_ID}/${nameOf(resources, logicalId)}`,
};

/** How a resource of a type is named behind `arn:aws:<service>:<region>:<account>:`. */
const ARN_PATHS: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'table/',
  'AWS::Events::EventBus': 'event-bus/',
  'AWS::KMS::Key': 'key/',
  'AWS::Lambda::Function': 'function:',
  'AWS::Logs::LogGroup': 'log-group:',
};

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT_ID,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::StackName': 'das-router-local',
};

/** Puts names and ARNs in place of CloudFormation's `Ref`, `Fn::GetAtt` and `Fn::Sub`. */
export function resolveIntrinsics(value: unknown, resources: Resources): unknown {
  if (Array.isArray(value)) return value.map((element) => resolveIntrinsics(element, resources));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as Intrinsic;
  if (ref !== undefined) return referTo(resources, ref);
  if (attribute !== undefined) return attributeOf(resources, ...attribute);
  if (text !== undefined) return replaceVariables(resources, text);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolveIntrinsics(inner, resources)]));
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::Sub'?: string;
}

function referTo(resources: Resources, logicalId: string): string {
  const pseudo = PSEUDO_PARAMETERS[logicalId];
  if (pseudo !== undefined) return pseudo;
  const type = resources[logicalId]?.Type;
  if (type === undefined) throw new Error(`The template refers to ${logicalId}, which it does not have`);
  return REFERENCES[type]?.(resources, logicalId) ?? nameOf(resources, logicalId);
}

function attributeOf(resources: Resources, logicalId: string, attribute: string): string {
  if (resources[logicalId] === undefined) {
    throw new Error(`The template refers to ${logicalId}.${attribute}, which it does not have`);
  }
  return attribute === 'Arn' ? arnOf(resources, logicalId) : nameOf(resources, logicalId);
}

// `${!name}` stands for `${name}`.
function replaceVariables(resources: Resources, text: string): string {
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, variable: string) => {
    if (literal !== '') return `\${${variable}}`;
    const [logicalId = '', attribute] = variable.split('.');
    return attribute === undefined ? referTo(resources, logicalId) : attributeOf(resources, logicalId, attribute);
  });
}

/** The name that CloudFormation gives a resource, or makes up out of its logical id; a bucket's is in lower case. */
export function nameOf(resources: Resources, logicalId: string): string {
  const { Type: type, Properties: properties = {} } = resources[logicalId] ?? {};
  const given = properties.Name ?? properties.FunctionName ?? properties.LogGroupName;
  if (typeof given === 'string') return given;
  return type === 'AWS::S3::Bucket' ? `das-router-${logicalId.toLowerCase()}` : `das-router-${logicalId}`;
}

export function arnOf(resources: Resources, logicalId: string): string {
  const type = resources[logicalId]?.Type ?? '';
  const name = nameOf(resources, logicalId);
  if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${name}`;
  if (type === 'AWS::Events::Rule')
    return `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${ruleBus(resources, logicalId)}/${name}`;
  // A log group's ARN ends in what stands for its streams.
  const end = type === 'AWS::Logs::LogGroup' ? ':*' : '';
  const service = type.split('::')[1]?.toLowerCase();
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${ARN_PATHS[type] ?? ''}${name}${end}`;
}

function ruleBus(resources: Resources, logicalId: string): unknown {
  return resolveIntrinsics(resources[logicalId]?.Properties.EventBusName, resources);
}
