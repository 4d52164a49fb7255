import { idsOf, type Resource, type Resources } from '../../infra/cloudformation.ts';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { arnOf, nameOf, resolveIntrinsics } from '../../local/intrinsics.ts';
import { ACTIVITY_CLASSES, QUARANTINE_REASONS } from '../../src/activity.ts';
import { CONFIG_SETTINGS, type Config, readConfig } from '../../src/config.ts';
import { NO_CLASS } from '../../src/drop-rules.ts';
import { COUNTED_CLASSES, SERVICE_NAME } from '../../src/metrics.ts';
import { readResourceId } from '../../src/source/kinesis.ts';
import { EVERYTHING, isAllowed } from '../support/iam.ts';
import { findInEach, problemIf, propertiesOf, type Statement } from '../support/lookup.ts';
import { collectTelemetry } from '../support/telemetry.ts';
import { findMetricReferences, type MetricReference } from './metric-references.ts';

/** Looks at one thing that the code, or the promise, relies on. Answers what is wrong, each with a logical id. */
export type Check = (resources: Resources) => readonly string[] | Promise<readonly string[]>;

/** Metrics of AWS' own that dashboard and alarms may look at, with their dimension. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const METRICS_OF_AWS: Readonly<Record<string, string>> = {
  'AWS/Lambda Invocations': 'FunctionName',
  'AWS/Lambda Duration': 'FunctionName',
  'AWS/Lambda Errors': 'FunctionName',
  'AWS/Lambda Throttles': 'FunctionName',
  'AWS/Lambda IteratorAge': 'FunctionName',
  'AWS/Lambda PolledEventCount': 'EventSourceMappingUUID',
  'AWS/Lambda DroppedEventCount': 'EventSourceMappingUUID',
  'AWS/Lambda OnFailureDestinationDeliveredEventCount': 'EventSourceMappingUUID',
  'AWS/SQS ApproximateNumberOfMessagesVisible': 'QueueName',
};

/** The checks, by what they say of a template that passes. */
export const CHECKS: Readonly<Record<string, Check>> = {
  'the role has no wildcard for an action or for what is not of the stack, and nothing beside its own statements': (
    resources,
  ) => [
    ...findInEach(resources, 'AWS::IAM::Role', (logicalId, { Policies: policies, ManagedPolicyArns: managed }) => [
      ...problemIf(managed !== undefined, `${logicalId} takes policies from elsewhere`),
      ...policies
        .flatMap(({ PolicyDocument: document }) => document.Statement)
        .flatMap((statement) => findWildcards(statement, resources))
        .map((problem) => `${logicalId}: ${problem}`),
    ]),
    ...['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'].flatMap((type) =>
      idsOf(resources, type).map((logicalId) => `${logicalId} adds to a role`),
    ),
  ],

  'every metric that is looked at is one that is emitted': (resources) => {
    const emitted = new Set(
      collectTelemetry().metrics.map(({ namespace, name, dimensions }) => metricName(namespace, name, dimensions)),
    );
    return findMetricReferences(resources).flatMap((reference) => {
      const { from, namespace, name, dimensions } = reference;
      const wanted = metricName(namespace, name, Object.keys(dimensions).sort());
      const ofAws = METRICS_OF_AWS[`${namespace} ${name}`];
      const known = emitted.has(wanted) || (ofAws !== undefined && wanted === metricName(namespace, name, [ofAws]));
      return [...problemIf(!known, `${from}: nobody emits ${wanted}`), ...findForeignValues(reference, resources)];
    });
  },

  'every target of a rule has retries, a dead-letter queue, and may be sent to by this rule alone': async (
    resources,
  ) => {
    const problems = idsOf(resources, 'AWS::Events::Rule').map(async (rule) => {
      const { Targets: targets, State: state } = propertiesOf(resources, 'AWS::Events::Rule', rule);
      const found = targets.map(async ({ Id: id, Arn: arn, RetryPolicy: retry, DeadLetterConfig: dead }) => [
        ...problemIf(!((retry?.MaximumRetryAttempts ?? 0) > 0), `${rule}: ${id} has no retries`),
        ...(dead?.Arn === undefined
          ? [`${rule}: ${id} has no dead-letter queue`]
          : await findOpenings(rule, dead.Arn, resources)),
        ...(await findOpenings(rule, arn, resources)),
      ]);
      return [...problemIf(state === 'DISABLED', `${rule} is disabled`), ...(await Promise.all(found)).flat()];
    });
    return (await Promise.all(problems)).flat();
  },

  'every queue is encrypted and keeps what it holds for two weeks': (resources) =>
    findInEach(
      resources,
      'AWS::SQS::Queue',
      (logicalId, { SqsManagedSseEnabled: encrypted, MessageRetentionPeriod: kept }) => [
        ...problemIf(encrypted !== true, `${logicalId} is not encrypted`),
        ...problemIf(kept !== 1_209_600, `${logicalId} forgets early`),
      ],
    ),

  'every topic is encrypted': (resources) =>
    findInEach(resources, 'AWS::SNS::Topic', (logicalId, { KmsMasterKeyId: key }) =>
      problemIf(key === undefined, `${logicalId} is not encrypted`),
    ),

  'every stream has a mapping that delivers again what failed, gives up before the stream forgets, and keeps what it gave up':
    (resources) => [
      ...problemIf(idsOf(resources, 'AWS::Lambda::EventSourceMapping').length === 0, 'there is no mapping'),
      ...findInEach(resources, 'AWS::Lambda::EventSourceMapping', (logicalId, mapping) => {
        const { EventSourceArn: arn, MaximumRetryAttempts: attempts, MaximumRecordAgeInSeconds: age } = mapping;
        const isStream = typeof arn === 'string' && readResourceId(arn) !== null;
        return [
          ...problemIf(!isStream, `${logicalId}: EventSourceArn is not written out as a stream's ARN`),
          ...problemIf(mapping.Enabled === false, `${logicalId} is disabled`),
          ...problemIf(mapping.StartingPosition !== 'TRIM_HORIZON', `${logicalId} does not begin at the beginning`),
          ...problemIf(!mapping.BisectBatchOnFunctionError, `${logicalId} does not halve a batch`),
          ...problemIf(
            mapping.FunctionResponseTypes?.join() !== 'ReportBatchItemFailures',
            `${logicalId} does not read what the function answers`,
          ),
          ...problemIf(!(attempts > 0 && attempts <= 10_000), `${logicalId} tries for ever, or never again`),
          ...problemIf(!(age > 3_600 && age < 86_400), `${logicalId} keeps on when the stream has forgotten`),
          ...problemIf(mapping.MetricsConfig?.Metrics?.join() !== 'EventCount', `${logicalId} does not count`),
          ...problemIf(
            resolveIntrinsics(mapping.DestinationConfig?.OnFailure?.Destination, resources) !==
              arnOf(resources, 'FailureBucket'),
            `${logicalId} does not keep what it gave up`,
          ),
        ];
      }),
    ],

  'every bucket with activity has a key of its own, versions, no public access, TLS, and outlives the stack': async (
    resources,
  ) => {
    const problems = ['ArchiveBucket', 'FailureBucket'].map(async (logicalId) => {
      const bucket = propertiesOf(resources, 'AWS::S3::Bucket', logicalId);
      const encryption = bucket.BucketEncryption?.ServerSideEncryptionConfiguration[0];
      const [key = 'none'] = encryption?.ServerSideEncryptionByDefault?.KMSMasterKeyID?.['Fn::GetAtt'] ?? [];
      const access = bucket.PublicAccessBlockConfiguration ?? {};
      const unfinished = bucket.LifecycleConfiguration.Rules.filter((rule) => rule.AbortIncompleteMultipartUpload);
      const plain = { action: 's3:PutObject', resource: `${arnOf(resources, logicalId)}/a` };
      const openToPlain = await isAllowed(
        { ...plain, context: { 'aws:SecureTransport': 'false' } },
        resources,
        EVERYTHING,
      );
      return [
        ...problemIf(resources[key]?.Type !== 'AWS::KMS::Key', `${logicalId} is not encrypted with a key of the stack`),
        ...problemIf(encryption?.BucketKeyEnabled !== true, `${logicalId} calls KMS for every object`),
        ...problemIf(!isRetained(resources[key]), `${logicalId} outlives its key`),
        ...problemIf(!isRetained(resources[logicalId]), `${logicalId} goes with the stack`),
        ...problemIf(bucket.VersioningConfiguration?.Status !== 'Enabled', `${logicalId} has no versions`),
        ...problemIf(
          bucket.OwnershipControls?.Rules[0]?.ObjectOwnership !== 'BucketOwnerEnforced',
          `${logicalId} takes access lists`,
        ),
        ...problemIf(
          PUBLIC_ACCESS.some((name) => access[name] !== true),
          `${logicalId} can be made public`,
        ),
        ...problemIf(openToPlain, `${logicalId} can be reached without TLS`),
        ...problemIf(unfinished.length === 0, `${logicalId} keeps unfinished uploads`),
      ];
    });
    return (await Promise.all(problems)).flat();
  },

  "each class' folder has its own lifecycle: reads expire, DDL and DCL are kept": (resources) => {
    const { Rules: rules } = propertiesOf(resources, 'AWS::S3::Bucket', 'ArchiveBucket').LifecycleConfiguration;
    const daysOf = (folder: string) => rules.find(({ Prefix: prefix }) => prefix === folder)?.ExpirationInDays;
    const { archivePrefix } = readEnvironment(resources);
    const folders = ACTIVITY_CLASSES.map((name) => [name, daysOf(`${archivePrefix}/class=${name}/`)] as const);
    const kept = folders.filter(([, days]) => days === undefined).map(([name]) => name);
    const wholeBucket = rules.filter((rule) => !rule.Prefix && rule.ExpirationInDays !== undefined);
    return [
      ...problemIf(kept.sort().join() !== 'DCL,DDL', `ArchiveBucket keeps ${kept.sort().join()} for ever`),
      ...problemIf(wholeBucket.length > 0, 'ArchiveBucket expires as a whole'),
    ];
  },

  "the function's environment is what it reads, and reads well": (resources) => {
    const { Environment: environment } = propertiesOf(resources, 'AWS::Lambda::Function', 'RouterLambdaFunction');
    const names = Object.keys(environment.Variables).sort();
    const read = Object.values(CONFIG_SETTINGS).map(({ name }) => name);
    readEnvironment(resources);
    return problemIf(names.join() !== read.sort().join(), `RouterLambdaFunction gets ${names.join()}`);
  },

  'the function logs JSON into a group that forgets, and runs in the role': (resources) => {
    const lambda = propertiesOf(resources, 'AWS::Lambda::Function', 'RouterLambdaFunction');
    const { RetentionInDays: days, LogGroupName: group } = propertiesOf(
      resources,
      'AWS::Logs::LogGroup',
      'RouterLogGroup',
    );
    return [
      ...problemIf(lambda.LoggingConfig?.LogFormat !== 'JSON', 'RouterLambdaFunction logs text'),
      ...problemIf(!(days > 0), 'RouterLogGroup keeps its logs for ever'),
      ...problemIf(group !== `/aws/lambda/${lambda.FunctionName}`, "RouterLogGroup is not the function's"),
      ...problemIf(resolveIntrinsics(lambda.Role, resources) !== arnOf(resources, 'RouterRole'), 'another role runs'),
      ...problemIf(idsOf(resources, 'AWS::IAM::Role').length !== 1, 'there is a role beside RouterRole'),
    ];
  },

  'every alarm tells the operators, and says where to read what to do': (resources) =>
    findInEach(resources, 'AWS::CloudWatch::Alarm', (logicalId, alarm) => [
      ...problemIf(
        [alarm.AlarmActions, alarm.OKActions].some(
          (actions) => JSON.stringify(actions) !== '[{"Ref":"OperatorsTopic"}]',
        ),
        `${logicalId} tells nobody`,
      ),
      ...problemIf(alarm.ActionsEnabled === false, `${logicalId} is mute`),
      ...problemIf(!/\S+#[a-z-]+$/.test(alarm.AlarmDescription), `${logicalId} has no link`),
      ...problemIf(
        (alarm.ComparisonOperator === 'LessThanThreshold') !== (alarm.TreatMissingData === 'breaching'),
        `${logicalId} takes silence wrongly`,
      ),
    ]),

  'no heartbeat for ten minutes is an alarm': (resources) => {
    const alarm = propertiesOf(resources, 'AWS::CloudWatch::Alarm', 'NoHeartbeatAlarm');
    const {
      MetricName: metric,
      Period: period,
      EvaluationPeriods: periods,
      Statistic: statistic,
      Threshold: least,
    } = alarm;
    const watched = [metric, statistic, least, Number(period) * periods].join();
    return problemIf(watched !== 'HeartbeatsReceived,Sum,1,600', `NoHeartbeatAlarm watches ${watched}`);
  },

  'rules and alarms may publish to the topics, through their key': async (resources) => {
    const key = arnOf(resources, 'TopicKey');
    const topics = idsOf(resources, 'AWS::SNS::Topic').map((logicalId) => arnOf(resources, logicalId));
    const requests = ['events.amazonaws.com', 'cloudwatch.amazonaws.com'].flatMap((principal) => [
      ...topics.map((resource) => ({ principal, action: 'sns:Publish', resource })),
      ...['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ({ principal, action, resource: key })),
    ]);
    const problems = requests.map(async (request) => {
      const context = { 'aws:SourceAccount': ACCOUNT_ID };
      const allowed = await isAllowed({ ...request, context }, resources);
      return problemIf(!allowed, `${request.principal} may not ${request.action} ${request.resource}`);
    });
    return (await Promise.all(problems)).flat();
  },

  'every dead-letter queue has an alarm': (resources) => {
    const watched = JSON.stringify(findMetricReferences(resources).filter(({ from }) => from !== 'Dashboard'));
    const queues = idsOf(resources, 'AWS::Events::Rule').flatMap((rule) =>
      propertiesOf(resources, 'AWS::Events::Rule', rule).Targets.map(
        ({ DeadLetterConfig: dead }) => dead?.Arn?.['Fn::GetAtt']?.[0],
      ),
    );
    return queues.filter((queue) => queue && !watched.includes(`"${queue}"`)).map((queue) => `nobody watches ${queue}`);
  },
};

const PUBLIC_ACCESS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

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

/** What the function makes of its environment. */
function readEnvironment(resources: Resources): Config {
  const { Environment: environment } = propertiesOf(resources, 'AWS::Lambda::Function', 'RouterLambdaFunction');
  return readConfig(resolveIntrinsics(environment.Variables, resources) as Record<string, string>);
}

/** Which values each dimension of ours can have. */
function findForeignValues({ from, namespace, dimensions }: MetricReference, resources: Resources): readonly string[] {
  const { FunctionName: functionName } = propertiesOf(resources, 'AWS::Lambda::Function', 'RouterLambdaFunction');
  const { dropRules } = readEnvironment(resources);
  const values: Readonly<Record<string, readonly string[]>> = {
    service: [SERVICE_NAME],
    class: COUNTED_CLASSES,
    reason: QUARANTINE_REASONS,
    rule: [...dropRules.map(({ name }) => name), NO_CLASS],
    FunctionName: [functionName],
    EventSourceMappingUUID: idsOf(resources, 'AWS::Lambda::EventSourceMapping').map((id) => nameOf(resources, id)),
    QueueName: idsOf(resources, 'AWS::SQS::Queue').map((id) => nameOf(resources, id)),
  };
  return Object.entries(dimensions).flatMap(([dimension, value]) => {
    const resolved = resolveIntrinsics(typeof value === 'string' ? { 'Fn::Sub': value } : value, resources);
    const known = values[dimension];
    if (known === undefined) return [`${from}: say in checks.ts which values ${dimension} can have`];
    return problemIf(!known.includes(String(resolved)), `${from}: ${namespace} has no ${dimension} ${resolved}`);
  });
}

/** Whether a rule may send to a queue or topic, and whether another rule may too. */
async function findOpenings(rule: string, arn: unknown, resources: Resources): Promise<readonly string[]> {
  const resource = String(resolveIntrinsics(arn, resources));
  const isQueue = resource.startsWith('arn:aws:sqs:');
  const send = (sourceArn: string) =>
    isAllowed(
      {
        principal: 'events.amazonaws.com',
        action: isQueue ? 'sqs:SendMessage' : 'sns:Publish',
        resource,
        context: { 'aws:SourceArn': sourceArn },
      },
      resources,
    );
  const own = arnOf(resources, rule);
  return [
    ...problemIf(!(await send(own)), `${rule} may not send to ${resource}`),
    // A topic's policy can set EventBridge no condition.
    ...problemIf(isQueue && (await send(`${own}-other`)), `any rule may send to ${resource}`),
  ];
}

function metricName(namespace: string, name: string, dimensions: readonly string[]): string {
  return `${namespace} ${name} by ${dimensions.join(', ')}`;
}

function isRetained(resource: Resource | undefined): boolean {
  return resource?.DeletionPolicy === 'Retain' && resource.UpdateReplacePolicy === 'Retain';
}
