import type { Resources } from '../../infra/cloudformation.ts';

/** A change for the worse, where it is made, what stands there then (nothing: undefined), and what a check says of it. */
type Breakage = readonly [what: string, path: readonly (string | number)[], value: unknown, said: RegExp];

const STATEMENT = ['RouterRole', 'Properties', 'Policies', 0, 'PolicyDocument', 'Statement', 0] as const;
const MAPPING = ['MappingclusterABCDEFGHIJKLMNOPQRSTUVWX12', 'Properties'] as const;
const DASHBOARD = ['Dashboard', 'Properties', 'DashboardBody', 'Fn::Sub'] as const;
const LIFECYCLE = ['ArchiveBucket', 'Properties', 'LifecycleConfiguration', 'Rules'] as const;

function replacing(found: string, put: string) {
  return (text: string) => text.replaceAll(found, put);
}

function adding(rule: unknown) {
  return (rules: readonly unknown[]) => [...rules, rule];
}

export const BREAKAGES: readonly Breakage[] = [
  ['a wildcard resource', [...STATEMENT, 'Resource'], '*', /RouterRole: ReadStreams has resources that are not/],
  ['a wildcard action', [...STATEMENT, 'Action'], ['kinesis:*'], /RouterRole: ReadStreams has a wildcard action/],
  [
    'a wildcard resource as Fn::Sub',
    [...STATEMENT, 'Resource'],
    { 'Fn::Sub': '*' },
    /ReadStreams has resources that are not/,
  ],
  ['every bucket', [...STATEMENT, 'Resource'], ['arn:aws:s3:::*'], /ReadStreams has resources that are not/],
  [
    'queues by their names',
    [...STATEMENT, 'Resource'],
    'arn:aws:sqs:*:*:*Queue*',
    /ReadStreams has resources that are not/,
  ],
  ['all resources but some', [...STATEMENT, 'Resource'], undefined, /ReadStreams has resources that are not/],
  ['all actions but some', [...STATEMENT, 'Action'], undefined, /ReadStreams has a wildcard action/],
  [
    'a managed policy',
    ['RouterRole', 'Properties', 'ManagedPolicyArns'],
    ['arn:aws:iam::aws:policy/AdministratorAccess'],
    /RouterRole takes policies from elsewhere/,
  ],
  [
    'a policy beside the role',
    ['MorePolicy'],
    { Type: 'AWS::IAM::Policy', Properties: {} },
    /MorePolicy adds to a role/,
  ],
  ['a disabled rule', ['DmlRule', 'Properties', 'State'], 'DISABLED', /DmlRule is disabled/],
  ['a disabled mapping', [...MAPPING, 'Enabled'], false, /is disabled/],
  ['a mute alarm', ['ErrorsAlarm', 'Properties', 'ActionsEnabled'], false, /ErrorsAlarm is mute/],
  [
    'a day without a heartbeat',
    ['NoHeartbeatAlarm', 'Properties', 'Period'],
    86_400,
    /NoHeartbeatAlarm watches .*86400/,
  ],
  [
    'a topic that no alarm may publish to',
    ['OperatorsTopicPolicy', 'Properties', 'PolicyDocument', 'Statement', 1],
    undefined,
    /cloudwatch\.amazonaws\.com may not sns:Publish .*OperatorsTopic/,
  ],
  [
    'a key that no rule may use',
    ['TopicKey', 'Properties', 'KeyPolicy', 'Statement', 1],
    undefined,
    /events\.amazonaws\.com may not kms:GenerateDataKey/,
  ],
  [
    'a second role',
    ['OtherRole'],
    { Type: 'AWS::IAM::Role', Properties: { Policies: [] } },
    /a role beside RouterRole/,
  ],
  [
    'a metric that nobody emits',
    ['FailedRecordsAlarm', 'Properties', 'MetricName'],
    'RecordsLost',
    /FailedRecordsAlarm: nobody emits DasRouter RecordsLost by service/,
  ],
  [
    'a dimension forgotten',
    ['QuarantineAlarm', 'Properties', 'Metrics', 1, 'MetricStat', 'Metric', 'Dimensions', 1],
    undefined,
    /QuarantineAlarm: nobody emits DasRouter RecordsQuarantined by service$/,
  ],
  [
    'a metric of AWS that there is not',
    ['ErrorsAlarm', 'Properties', 'MetricName'],
    'Failures',
    /ErrorsAlarm: nobody emits AWS\/Lambda Failures/,
  ],
  [
    'a dashboard on a metric that nobody emits',
    DASHBOARD,
    replacing('"HeartbeatsReceived"', '"Heartbeats"'),
    /Dashboard: nobody emits DasRouter Heartbeats by service/,
  ],
  [
    'a dashboard on a class that there is not',
    DASHBOARD,
    replacing('"DQL"', '"READ"'),
    /Dashboard: DasRouter has no class READ/,
  ],
  [
    'a dashboard on another function',
    DASHBOARD,
    replacing('das-router-dev-router', 'router'),
    /Dashboard: AWS\/Lambda has no FunctionName router/,
  ],
  [
    'a dashboard on a rule that there is not',
    DASHBOARD,
    replacing('"service-users"', '"users"'),
    /Dashboard: DasRouter has no rule users/,
  ],
  [
    'a rule without a dead-letter queue',
    ['DmlRule', 'Properties', 'Targets', 0, 'DeadLetterConfig'],
    undefined,
    /DmlRule: DmlQueue has no dead-letter queue/,
  ],
  [
    'a rule without retries',
    ['DmlRule', 'Properties', 'Targets', 0, 'RetryPolicy'],
    undefined,
    /DmlRule: DmlQueue has no retries/,
  ],
  ['a queue that its rule may not send to', ['DdlQueuePolicy'], undefined, /DdlRule may not send to .*DdlQueue/],
  [
    'a dead-letter queue that any rule may send to',
    ['DdlDeadLetterQueuePolicy', 'Properties', 'PolicyDocument', 'Statement', 0, 'Condition'],
    undefined,
    /any rule may send to .*DdlDeadLetterQueue/,
  ],
  [
    'a topic that its rule may not send to',
    ['AuthFailureTopicPolicy'],
    undefined,
    /AuthFailureRule may not send to .*AuthFailureTopic/,
  ],
  ['a queue in the clear', ['DmlQueue', 'Properties', 'SqsManagedSseEnabled'], undefined, /DmlQueue is not encrypted/],
  ['a queue that forgets', ['DmlQueue', 'Properties', 'MessageRetentionPeriod'], 60, /DmlQueue forgets early/],
  [
    'a topic in the clear',
    ['OperatorsTopic', 'Properties', 'KmsMasterKeyId'],
    undefined,
    /OperatorsTopic is not encrypted/,
  ],
  [
    "a stream's ARN as Fn::Sub",
    [...MAPPING, 'EventSourceArn'],
    (arn: string) => ({ 'Fn::Sub': arn }),
    /EventSourceArn is not written out/,
  ],
  ['a mapping from now on', [...MAPPING, 'StartingPosition'], 'LATEST', /does not begin at the beginning/],
  [
    'a mapping deaf to the answer',
    [...MAPPING, 'FunctionResponseTypes'],
    undefined,
    /does not read what the function answers/,
  ],
  ['a mapping that does not halve', [...MAPPING, 'BisectBatchOnFunctionError'], false, /does not halve/],
  ['a mapping that tries for ever', [...MAPPING, 'MaximumRetryAttempts'], -1, /tries for ever/],
  [
    'a mapping that outlasts the stream',
    [...MAPPING, 'MaximumRecordAgeInSeconds'],
    86_400,
    /when the stream has forgotten/,
  ],
  ['a mapping that throws away', [...MAPPING, 'DestinationConfig'], undefined, /does not keep what it gave up/],
  ['a mapping that does not count', [...MAPPING, 'MetricsConfig'], undefined, /does not count/],
  ...['ArchiveBucket', 'FailureBucket'].flatMap((bucket): readonly Breakage[] => [
    [
      `${bucket} without its key`,
      [bucket, 'Properties', 'BucketEncryption'],
      undefined,
      /not encrypted with a key of the stack/,
    ],
    [`${bucket} without versions`, [bucket, 'Properties', 'VersioningConfiguration'], undefined, /has no versions/],
    [`${bucket} with access lists`, [bucket, 'Properties', 'OwnershipControls'], undefined, /takes access lists/],
    [
      `${bucket} that can be public`,
      [bucket, 'Properties', 'PublicAccessBlockConfiguration', 'BlockPublicPolicy'],
      false,
      /can be made public/,
    ],
    [`${bucket} without TLS`, [`${bucket}Policy`], undefined, /can be reached without TLS/],
    [`${bucket} that goes with the stack`, [bucket, 'DeletionPolicy'], undefined, /goes with the stack/],
    [`${bucket} that is replaced`, [bucket, 'UpdateReplacePolicy'], undefined, /goes with the stack/],
  ]),
  ['a key that goes with the stack', ['ArchiveKey', 'DeletionPolicy'], undefined, /ArchiveBucket outlives its key/],
  [
    'a call to KMS for every object',
    ['ArchiveBucket', 'Properties', 'BucketEncryption', 'ServerSideEncryptionConfiguration', 0, 'BucketKeyEnabled'],
    false,
    /calls KMS for every object/,
  ],
  ['unfinished uploads kept', LIFECYCLE, (rules: readonly unknown[]) => rules.slice(0, -1), /keeps unfinished uploads/],
  ['DDL that expires', LIFECYCLE, adding({ Prefix: 'activity/class=DDL/', ExpirationInDays: 1 }), /keeps DCL for ever/],
  [
    'reads that stay',
    LIFECYCLE,
    (rules: readonly { Id: string }[]) => rules.filter(({ Id }) => Id !== 'DQL'),
    /keeps DCL,DDL,DQL for ever/,
  ],
  ['a lifecycle over all', LIFECYCLE, adding({ Prefix: '', ExpirationInDays: 1 }), /expires as a whole/],
  [
    'a variable that nobody reads',
    ['RouterLambdaFunction', 'Properties', 'Environment', 'Variables', 'FOLDER'],
    'a',
    /RouterLambdaFunction gets .*FOLDER/,
  ],
  ['logs as text', ['RouterLambdaFunction', 'Properties', 'LoggingConfig'], undefined, /logs text/],
  ['logs for ever', ['RouterLogGroup', 'Properties', 'RetentionInDays'], undefined, /keeps its logs for ever/],
  ['an alarm that tells nobody', ['ErrorsAlarm', 'Properties', 'AlarmActions'], [], /ErrorsAlarm tells nobody/],
  [
    'an alarm without an article',
    ['ErrorsAlarm', 'Properties', 'AlarmDescription'],
    'It is broken.',
    /ErrorsAlarm has no link/,
  ],
  [
    'silence taken for peace',
    ['NoHeartbeatAlarm', 'Properties', 'TreatMissingData'],
    'notBreaching',
    /NoHeartbeatAlarm takes silence wrongly/,
  ],
  ['a dead-letter queue without an alarm', ['DmlDeadLetterQueueAlarm'], undefined, /nobody watches DmlDeadLetterQueue/],
];

type Changeable = Record<string | number, unknown>;

/** A copy of the resources with one change; a value that is a function makes the new one out of the old. */
export function breakAt(resources: Resources, path: readonly (string | number)[], value: unknown): Resources {
  const copy: Changeable = structuredClone(resources);
  const parent = path.slice(0, -1).reduce((inner, key) => inner[key] as Changeable, copy);
  const last = path.at(-1) ?? '';
  const put = typeof value === 'function' ? value(parent[last]) : value;
  if (put === undefined && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (put === undefined) delete parent[last];
  else parent[last] = put;
  return copy as unknown as Resources;
}
