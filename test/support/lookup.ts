import { idsOf, type Resource, type Resources } from '../../infra/cloudformation.ts';

/** What the tests look at, of the properties of each type. */
interface PropertiesByType {
  'AWS::CloudWatch::Alarm': {
    readonly AlarmDescription: string;
    readonly ActionsEnabled?: boolean;
    /** Where the alarm looks at several metrics; else what a single one has stands beside it. */
    readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: SingleMetric } }[];
    readonly Namespace?: string;
    readonly MetricName?: string;
    readonly Dimensions?: SingleMetric['Dimensions'];
    readonly Period?: number;
    readonly EvaluationPeriods: number;
    readonly Statistic?: string;
    readonly Threshold: number;
    readonly AlarmActions: unknown;
    readonly OKActions: unknown;
    readonly ComparisonOperator: string;
    readonly TreatMissingData: string;
  };
  'AWS::CloudWatch::Dashboard': { readonly DashboardBody: { readonly 'Fn::Sub': string } };
  'AWS::Events::Rule': { readonly Targets: readonly Target[]; readonly State?: string };
  'AWS::Glue::Table': {
    readonly TableInput: {
      readonly Name: string;
      readonly StorageDescriptor: { readonly Columns: readonly { readonly Name: string }[] };
    };
  };
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
  'AWS::S3::BucketPolicy': { readonly Bucket: Reference };
  'AWS::SNS::Topic': { readonly KmsMasterKeyId?: unknown };
  'AWS::SNS::TopicPolicy': { readonly Topics: readonly Reference[] };
  'AWS::SQS::Queue': { readonly SqsManagedSseEnabled?: boolean; readonly MessageRetentionPeriod?: number };
  'AWS::SQS::QueuePolicy': { readonly Queues: readonly Reference[] };
}

interface Reference {
  readonly Ref: string;
}

export interface SingleMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
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

type KnownType = keyof PropertiesByType;

/** The properties of a resource that must be there, and of this type. */
export function propertiesOf<Type extends KnownType>(
  resources: Resources,
  type: Type,
  logicalId: string,
): PropertiesByType[Type] {
  const resource: Resource | undefined = resources[logicalId];
  if (resource?.Type !== type) throw new Error(`The template has no ${type} ${logicalId}`);
  return resource.Properties as unknown as PropertiesByType[Type];
}

/** What is found in each resource of a type. */
export function findInEach<Type extends KnownType, Found>(
  resources: Resources,
  type: Type,
  find: (logicalId: string, properties: PropertiesByType[Type]) => readonly Found[],
): readonly Found[] {
  return idsOf(resources, type).flatMap((logicalId) => find(logicalId, propertiesOf(resources, type, logicalId)));
}

export function problemIf(condition: boolean, problem: string): readonly string[] {
  return condition ? [problem] : [];
}
