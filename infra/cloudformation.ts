/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: 'Retain';
  readonly UpdateReplacePolicy?: 'Retain';
  readonly DependsOn?: readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Resources by their logical ids. */
export type Resources = Readonly<Record<string, Resource>>;

/** Kept when the stack is removed, and when an update would put another in its place. */
export const RETAINED = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' } as const;

/** Logical ids of the resources of a type. */
export function idsOf(resources: Resources, type: string): readonly string[] {
  return Object.keys(resources).filter((logicalId) => resources[logicalId]?.Type === type);
}

export function ref(logicalId: string) {
  return { Ref: logicalId };
}

export function attributeOf(logicalId: string, attribute: string) {
  return { 'Fn::GetAtt': [logicalId, attribute] };
}

export function arnOf(logicalId: string) {
  return attributeOf(logicalId, 'Arn');
}

/** Text in which CloudFormation replaces `${LogicalId}`, `${LogicalId.Attribute}` and `${AWS::Region}`. */
export function substitute(text: string) {
  return { 'Fn::Sub': text };
}

/** The statement of a resource's or a role's policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function policyDocument(...statements: readonly Statement[]) {
  return { Version: '2012-10-17', Statement: statements };
}

/** Hands the decision to the account's IAM policies. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
export function administeredByAccount() {
  return {
    Sid: 'AdministeredByAccount',
    Effect: 'Allow',
    Principal: { AWS: substitute('arn:${AWS::Partition}:iam::${AWS::AccountId}:root') },
    Action: 'kms:*',
    Resource: '*',
  } as const;
}
