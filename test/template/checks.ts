import { isDeepStrictEqual } from 'node:util';
import { arnOf as arnOfResource, idsOf, type Resources, ref, substitute } from '../../infra/cloudformation.ts';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { arnOf, nameOf, resolveIntrinsics } from '../../local/intrinsics.ts';
import { QUARANTINE_REASONS } from '../../src/activity.ts';
import { readConfig } from '../../src/config.ts';
import { NO_CLASS } from '../../src/drop-rules.ts';
import { COUNTED_CLASSES, SERVICE_NAME } from '../../src/metrics.ts';
import { readResourceId } from '../../src/source/kinesis.ts';
import { EVERYTHING, isAllowed } from '../support/iam.ts';
import { findInEach, problemIf, valueAt } from '../support/lookup.ts';
import { collectTelemetry } from '../support/telemetry.ts';
import { findMetricReferences, type MetricReference } from './metric-references.ts';

type Properties = Readonly<Record<string, unknown>>;

/** What a property must be: a value, with intrinsics resolved, or a test of the value and of the properties beside it. */
type Demanded = string | number | boolean | undefined | Properties | readonly unknown[] | Test;

type Test = (value: never, properties: Properties) => boolean;

/** Last, a value that is refused; where there is none, a missing property is. */
type Demand = readonly [path: string, demanded: Demanded, problem: string, refused?: unknown];

const RETAINED: readonly Demand[] = [
  ['DeletionPolicy', 'Retain', 'is removed with the stack'],
  ['UpdateReplacePolicy', 'Retain', 'is removed when it is replaced'],
];

const PRIVATE = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};

const ENCRYPTION = 'BucketEncryption.ServerSideEncryptionConfiguration.0';

/** Of a bucket with activity. */
function demandsOfBucket(key: string): readonly Demand[] {
  return [
    ...RETAINED,
    [`${ENCRYPTION}.ServerSideEncryptionByDefault.KMSMasterKeyID`, arnOfResource(key), `is not encrypted with ${key}`],
    [`${ENCRYPTION}.BucketKeyEnabled`, true, 'calls KMS for every object', false],
    ['VersioningConfiguration.Status', 'Enabled', 'has no versions'],
    ['OwnershipControls.Rules.0.ObjectOwnership', 'BucketOwnerEnforced', 'accepts access lists'],
    ['PublicAccessBlockConfiguration', PRIVATE, 'can be made public', { ...PRIVATE, BlockPublicPolicy: false }],
    [
      'LifecycleConfiguration.Rules',
      (rules: readonly object[]) => rules.some((rule) => 'AbortIncompleteMultipartUpload' in rule),
      'keeps unfinished uploads',
      [],
    ],
  ];
}

const isBetween = (least: number, most: number) => (value: number) => value >= least && value <= most;

/** What the code relies on, of each resource of a type or of the one with a logical id. */
export const DEMANDS: Readonly<Record<string, readonly Demand[]>> = {
  'AWS::Events::Rule': [['State', undefined, 'is disabled', 'DISABLED']],
  'AWS::SQS::Queue': [
    ['SqsManagedSseEnabled', true, 'is not encrypted'],
    ['MessageRetentionPeriod', 1_209_600, 'deletes messages before two weeks', 60],
  ],
  'AWS::SNS::Topic': [['KmsMasterKeyId', arnOfResource('TopicKey'), 'is not encrypted']],
  'AWS::Lambda::EventSourceMapping': [
    [
      'EventSourceArn',
      (arn: unknown) => typeof arn === 'string' && readResourceId(arn) !== null,
      "does not write out a stream's ARN",
      { 'Fn::Sub': 'arn:aws:kinesis:eu-west-1:111122223333:stream/aws-rds-das-cluster-A' },
    ],
    ['Enabled', undefined, 'is disabled', false],
    ['StartingPosition', 'TRIM_HORIZON', 'skips what is in the stream', 'LATEST'],
    ['FunctionResponseTypes', ['ReportBatchItemFailures'], 'ignores batch item failures'],
    ['BisectBatchOnFunctionError', true, 'does not halve a batch', false],
    ['MaximumRetryAttempts', isBetween(1, 10_000), 'retries for ever, or never', -1],
    // A stream keeps a record for a day.
    ['MaximumRecordAgeInSeconds', isBetween(3_601, 86_399), 'outlasts the stream', 86_400],
    ['DestinationConfig.OnFailure.Destination', arnOfResource('FailureBucket'), 'has no on-failure destination'],
    ['MetricsConfig.Metrics', ['EventCount'], 'does not count'],
  ],
  'AWS::CloudWatch::Alarm': [
    ['AlarmActions', [ref('OperatorsTopic')], 'has no operator to notify', []],
    ['OKActions', [ref('OperatorsTopic')], 'does not report its end'],
    ['ActionsEnabled', undefined, 'is mute', false],
    ['AlarmDescription', (text: string) => /\S+#[a-z-]+$/.test(text), 'has no link to the runbook', 'It is broken.'],
    [
      'TreatMissingData',
      (missing: string, { ComparisonOperator: operator }: Properties) =>
        (operator === 'LessThanThreshold') === (missing === 'breaching'),
      'treats silence wrongly',
    ],
  ],
  NoHeartbeatAlarm: [
    ['MetricName', 'HeartbeatsReceived', 'watches another metric'],
    ['Statistic', 'Sum', 'watches another statistic'],
    ['Threshold', 1, 'has another threshold', 0],
    ['Period', 600, 'does not watch ten minutes', 86_400],
    ['EvaluationPeriods', 1, 'does not watch one period', 2],
  ],
  RouterLambdaFunction: [
    ['LoggingConfig.LogFormat', 'JSON', 'logs text'],
    ['Role', arnOfResource('RouterRole'), 'runs in another role'],
  ],
  RouterLogGroup: [
    ['RetentionInDays', isBetween(1, 3_653), 'keeps its logs for ever'],
    ['LogGroupName', substitute(`/aws/lambda/\${RouterLambdaFunction}`), 'is not of the function', '/aws/lambda/other'],
  ],
};

/** The same, of what activity is stored in. */
export const STORAGE_DEMANDS: Readonly<Record<string, readonly Demand[]>> = {
  ArchiveBucket: demandsOfBucket('ArchiveKey'),
  ArchiveKey: RETAINED,
  FailureBucket: demandsOfBucket('FailureKey'),
  FailureKey: RETAINED,
};

/** Logical ids of the resources to which a key of `DEMANDS` applies. */
export function subjectsOf(resources: Resources, subject: string): readonly string[] {
  return subject.includes('::') ? idsOf(resources, subject) : [subject];
}

function findUnmet(resources: Resources, demandsBySubject: typeof DEMANDS): readonly string[] {
  return Object.entries(demandsBySubject).flatMap(([subject, demands]) => {
    const ids = subjectsOf(resources, subject);
    const problems = ids.flatMap((id) => demands.flatMap((demand) => checkDemand(resources, id, demand)));
    return [...problemIf(ids.length === 0, `there is no ${subject}`), ...problems];
  });
}

function checkDemand(resources: Resources, id: string, [path, demanded, problem]: Demand): readonly string[] {
  const value = valueAt<never>(resources, `${id}.${path}`);
  const meets =
    typeof demanded === 'function'
      ? (demanded as Test)(value, resources[id]?.Properties ?? {})
      : isDeepStrictEqual(resolveIntrinsics(value, resources), resolveIntrinsics(demanded, resources));
  return problemIf(!meets, `${id} ${problem}`);
}

/** Checks what the code or a promise relies on. Returns the problems, each with a logical id. */
type Check = (resources: Resources) => readonly string[] | Promise<readonly string[]>;

/** Metrics of AWS' own that dashboard and alarms may look at, with their dimension. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const METRICS_OF_AWS = [
  ['AWS/Lambda', 'FunctionName', 'Invocations Duration Errors Throttles IteratorAge'],
  [
    'AWS/Lambda',
    'EventSourceMappingUUID',
    'PolledEventCount DroppedEventCount OnFailureDestinationDeliveredEventCount',
  ],
  ['AWS/SQS', 'QueueName', 'ApproximateNumberOfMessagesVisible'],
].flatMap(([namespace, dimension, names = '']) =>
  names.split(' ').map((name) => `${namespace} ${name} by ${dimension}`),
);

interface Target {
  readonly Id: string;
  readonly Arn: unknown;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts: number };
  readonly DeadLetterConfig?: { readonly Arn: { readonly 'Fn::GetAtt': readonly [string, string] } };
}

/** The checks, by what is true of a template that passes. */
export const CHECKS: Readonly<Record<string, Check>> = {
  'every resource has the properties that the code relies on': (resources) => findUnmet(resources, DEMANDS),

  'the only role has no wildcard for an action or for what is not of the stack, and no other policy': (resources) => [
    ...findStatements(resources).flatMap((statement) => findWildcards(statement, resources)),
    ...problemIf(valueAt(resources, 'RouterRole.ManagedPolicyArns') !== undefined, 'RouterRole has managed policies'),
    ...Object.entries(resources)
      .filter(([logicalId, { Type: type }]) => type.startsWith('AWS::IAM::') && logicalId !== 'RouterRole')
      .map(([logicalId]) => `${logicalId} is beside RouterRole`),
  ],

  'every metric that is looked at is one that is emitted': (resources) => {
    const ours = collectTelemetry().metrics.map(
      ({ namespace, name, dimensions }) => `${namespace} ${name} by ${dimensions.join(', ')}`,
    );
    return findMetricReferences(resources).flatMap((reference) => {
      const { from, namespace, name, dimensions } = reference;
      const wanted = `${namespace} ${name} by ${Object.keys(dimensions).sort().join(', ')}`;
      const isEmitted = [...METRICS_OF_AWS, ...ours].includes(wanted);
      return [
        ...problemIf(!isEmitted, `${from}: no metric ${wanted} is emitted`),
        ...findForeignValues(reference, resources),
      ];
    });
  },

  'every target of a rule has retries, a dead-letter queue with an alarm, and may be sent to by this rule alone':
    async (resources) => {
      const watched = JSON.stringify(findMetricReferences(resources).filter(({ from }) => from !== 'Dashboard'));
      const targets = findInEach(resources, 'AWS::Events::Rule', (rule, properties: { Targets: readonly Target[] }) =>
        properties.Targets.map((target) => ({ rule, ...target })),
      );
      const problems = targets.map(async ({ rule, Id: id, Arn: arn, RetryPolicy: retry, DeadLetterConfig: dead }) => {
        const [queue] = dead?.Arn['Fn::GetAtt'] ?? [];
        return [
          ...problemIf(!((retry?.MaximumRetryAttempts ?? 0) > 0), `${rule}: ${id} has no retries`),
          ...problemIf(queue === undefined, `${rule}: ${id} has no dead-letter queue`),
          ...problemIf(!watched.includes(`"${queue}"`), `no alarm watches ${queue}`),
          ...(dead === undefined ? [] : await findOpenings(rule, dead.Arn, resources)),
          ...(await findOpenings(rule, arn, resources)),
        ];
      });
      return (await Promise.all(problems)).flat();
    },

  'every bucket with activity has a key of its own, versions, no public access, TLS, and outlives the stack': async (
    resources,
  ) => {
    const problems = ['ArchiveBucket', 'FailureBucket'].map(async (bucket) => {
      const request = { action: 's3:PutObject', resource: `${arnOf(resources, bucket)}/a` };
      const plain = { ...request, context: { 'aws:SecureTransport': 'false' } };
      return problemIf(await isAllowed(plain, resources, EVERYTHING), `${bucket} can be reached without TLS`);
    });
    return [...findUnmet(resources, STORAGE_DEMANDS), ...(await Promise.all(problems)).flat()];
  },

  'rules and alarms may publish to the topics, through their key': async (resources) => {
    const key = arnOf(resources, 'TopicKey');
    const topics = idsOf(resources, 'AWS::SNS::Topic').map((logicalId) => arnOf(resources, logicalId));
    const requests = ['events.amazonaws.com', 'cloudwatch.amazonaws.com'].flatMap((principal) => [
      ...topics.map((resource) => ({ principal, action: 'sns:Publish', resource })),
      ...['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ({ principal, action, resource: key })),
    ]);
    const problems = requests.map(async (request) => {
      const allowed = await isAllowed({ ...request, context: { 'aws:SourceAccount': ACCOUNT_ID } }, resources);
      return problemIf(!allowed, `${request.principal} may not ${request.action} ${request.resource}`);
    });
    return (await Promise.all(problems)).flat();
  },
};

interface Statement {
  readonly Sid: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
}

/** The statements of the function's role. */
export function findStatements(resources: Resources): readonly Statement[] {
  const policies = valueAt<readonly { PolicyDocument: { Statement: readonly Statement[] } }[]>;
  return policies(resources, 'RouterRole.Policies').flatMap(({ PolicyDocument: document }) => document.Statement);
}

/** A wildcard for a resource may only stand behind the whole ARN of a resource of the stack. */
function findWildcards({ Sid: sid, Action: action, Resource: resource }: Statement, resources: Resources) {
  const own = Object.keys(resources).map((logicalId) => arnOf(resources, logicalId));
  const foreign = [resolveIntrinsics(resource, resources)]
    .flat()
    .map(String)
    .filter((arn) => arn.includes('*') && !own.some((whole) => arn === whole || arn.startsWith(`${whole}/`)));
  return [
    ...problemIf(action === undefined || JSON.stringify(action).includes('*'), `${sid} has a wildcard action`),
    ...problemIf(resource === undefined || foreign.length > 0, `${sid} has resources that are not the stack's`),
  ];
}

/** Finds values of dimensions that nothing has. */
function findForeignValues({ from, name, dimensions }: MetricReference, resources: Resources): readonly string[] {
  const namesOf = (type: string) => idsOf(resources, type).map((id) => nameOf(resources, id));
  const variables = valueAt(resources, 'RouterLambdaFunction.Environment.Variables');
  const { dropRules } = readConfig(resolveIntrinsics(variables, resources) as Record<string, string>);
  const values: Readonly<Record<string, readonly string[]>> = {
    service: [SERVICE_NAME],
    class: COUNTED_CLASSES,
    reason: QUARANTINE_REASONS,
    rule: [...dropRules.map(({ name }) => name), NO_CLASS],
    FunctionName: namesOf('AWS::Lambda::Function'),
    EventSourceMappingUUID: namesOf('AWS::Lambda::EventSourceMapping'),
    QueueName: namesOf('AWS::SQS::Queue'),
  };
  return Object.entries(dimensions).flatMap(([dimension, value]) => {
    const resolved = resolveIntrinsics(typeof value === 'string' ? { 'Fn::Sub': value } : value, resources);
    const isKnown = values[dimension]?.includes(String(resolved)) ?? false;
    return problemIf(!isKnown, `${from}: ${name} has no ${dimension} ${resolved}`);
  });
}

/** Checks that a rule may send to a queue or topic, and that no other rule may. */
async function findOpenings(rule: string, arn: unknown, resources: Resources): Promise<readonly string[]> {
  const resource = String(resolveIntrinsics(arn, resources));
  const isQueue = resource.startsWith('arn:aws:sqs:');
  const request = { principal: 'events.amazonaws.com', action: isQueue ? 'sqs:SendMessage' : 'sns:Publish', resource };
  const maySend = (source: string) => isAllowed({ ...request, context: { 'aws:SourceArn': source } }, resources);
  const own = arnOf(resources, rule);
  return [
    ...problemIf(!(await maySend(own)), `${rule} may not send to ${resource}`),
    // A topic's policy can set EventBridge no condition.
    ...problemIf(isQueue && (await maySend(`${own}-other`)), `any rule may send to ${resource}`),
  ];
}
