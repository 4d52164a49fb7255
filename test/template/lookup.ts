import { idsOf, type Resource, type Resources } from '../../infra/cloudformation.ts';

/** What the checks look at, of the properties of each type. */
interface PropertiesByType {
  'AWS::CloudWatch::Alarm': {
    readonly AlarmDescription: string;
    readonly ActionsEnabled?: boolean;
    readonly MetricName?: string;
    readonly Period?: number;
    readonly EvaluationPeriods: number;
    readonly Statistic?: string;
    readonly Threshold: number;
    readonly AlarmActions: unknown;
    readonly OKActions: unknown;
    readonly ComparisonOperator: string;
    readonly TreatMissingData: string;
  };
  'AWS::Events::Rule': { readonly Targets: readonly Target[]; readonly State?: string };
  'AWS::IAM::Role': {
    readonly ManagedPolicyArns?: unknown;
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
  };
  'AWS::Lambda::EventSourceMapping': {
    readonly EventSourceArn: unknown;
    readonly Enabled?: boolean;
    readonly StartingPosition?: string;
    readonly BisectBatchOnFunctionError?: boolean;
    readonly FunctionResponseTypes?: readonly string[];
    readonly MaximumRetryAttempts: number;
    readonly MaximumRecordAgeInSeconds: number;
    readonly MetricsConfig?: { readonly Metrics?: readonly string[] };
    readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination: unknown } };
  };
  'AWS::Lambda::Function': {
    readonly FunctionName: string;
    readonly Role: unknown;
    readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
    readonly LoggingConfig?: { readonly LogFormat?: string };
  };
  'AWS::Logs::LogGroup': { readonly RetentionInDays: number; readonly LogGroupName: string };
  'AWS::S3::Bucket': {
    readonly BucketEncryption?: { readonly ServerSideEncryptionConfiguration: readonly Encryption[] };
    readonly PublicAccessBlockConfiguration?: Readonly<Record<string, boolean>>;
    readonly VersioningConfiguration?: { readonly Status: string };
    readonly OwnershipControls?: { readonly Rules: readonly { readonly ObjectOwnership: string }[] };
    readonly LifecycleConfiguration: { readonly Rules: readonly LifecycleRule[] };
  };
  'AWS::SNS::Topic': { readonly KmsMasterKeyId?: unknown };
  'AWS::SQS::Queue': { readonly SqsManagedSseEnabled?: boolean; readonly MessageRetentionPeriod?: number };
}

interface Target {
  readonly Id: string;
  readonly Arn: unknown;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts: number };
  readonly DeadLetterConfig?: { readonly Arn: { readonly 'Fn::GetAtt': readonly [string, string] } };
}

export interface Statement {
  readonly Sid: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
}

interface Encryption {
  readonly BucketKeyEnabled?: boolean;
  readonly ServerSideEncryptionByDefault?: {
    readonly KMSMasterKeyID?: { readonly 'Fn::GetAtt': readonly [string, string] };
  };
}

interface LifecycleRule {
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
  readonly AbortIncompleteMultipartUpload?: unknown;
}

export type CheckedType = keyof PropertiesByType;

/** The properties of a resource that must be there, and of this type. */
export function propertiesOf<Type extends CheckedType>(
  resources: Resources,
  type: Type,
  logicalId: string,
): PropertiesByType[Type] {
  const resource: Resource | undefined = resources[logicalId];
  if (resource?.Type !== type) throw new Error(`The template has no ${type} ${logicalId}`);
  return resource.Properties as unknown as PropertiesByType[Type];
}

/** What a check finds in each resource of a type. */
export function findInEach<Type extends CheckedType>(
  resources: Resources,
  type: Type,
  check: (logicalId: string, properties: PropertiesByType[Type]) => readonly string[],
): readonly string[] {
  return idsOf(resources, type).flatMap((logicalId) => check(logicalId, propertiesOf(resources, type, logicalId)));
}

export function problemIf(condition: boolean, problem: string): readonly string[] {
  return condition ? [problem] : [];
}
