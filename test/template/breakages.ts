import type { Resources } from '../../infra/cloudformation.ts';
import { arnOf } from '../../local/intrinsics.ts';
import { valueAt } from '../support/lookup.ts';
import { DEMANDS, STORAGE_DEMANDS, subjectsOf } from './checks.ts';

/** A change for the worse: where, the problem that is reported, and the value that is put there; where there is none, it is removed. */
type Breakage = readonly [path: string, problem: string, value?: unknown];

const STATEMENT = 'RouterRole.Policies.0.PolicyDocument.Statement.0';
const DASHBOARD = 'Dashboard.DashboardBody.Fn::Sub';
const DIMENSIONS = 'QuarantineAlarm.Metrics.1.MetricStat.Metric.Dimensions';
const FOREIGN = "ReadStreams has resources that are not the stack's";

/** The breakages of a template that passes every check. */
export function createBreakages(resources: Resources) {
  const rename = (from: string, to: string) => valueAt<string>(resources, DASHBOARD).replaceAll(`"${from}"`, `"${to}"`);
  const breakages: readonly Breakage[] = [
    ...Object.entries({ ...DEMANDS, ...STORAGE_DEMANDS }).flatMap(([subject, demands]) => {
      const [id = ''] = subjectsOf(resources, subject);
      return demands.map(([path, , problem, refused]): Breakage => [`${id}.${path}`, `${id} ${problem}`, refused]);
    }),
    [`${STATEMENT}.Resource`, FOREIGN, '*'],
    [`${STATEMENT}.Resource`, FOREIGN, { 'Fn::Sub': '*' }],
    [`${STATEMENT}.Resource`, FOREIGN, ['arn:aws:s3:::*']],
    [`${STATEMENT}.Resource`, FOREIGN, 'arn:aws:sqs:*:*:*Queue*'],
    [`${STATEMENT}.Resource`, FOREIGN],
    [`${STATEMENT}.Action`, 'ReadStreams has a wildcard action', ['kinesis:*']],
    [`${STATEMENT}.Action`, 'ReadStreams has a wildcard action'],
    ['RouterRole.ManagedPolicyArns', 'RouterRole has managed policies', ['arn:aws:iam::aws:policy/ReadOnlyAccess']],
    ['MorePolicy', 'MorePolicy is beside RouterRole', { Type: 'AWS::IAM::Policy', Properties: {} }],
    ['OtherRole', 'OtherRole is beside RouterRole', { Type: 'AWS::IAM::Role', Properties: {} }],
    ['FailedRecordsAlarm.MetricName', 'FailedRecordsAlarm: no metric DasRouter Lost by service is emitted', 'Lost'],
    [`${DIMENSIONS}.1`, 'QuarantineAlarm: no metric DasRouter RecordsQuarantined by service is emitted'],
    ['ErrorsAlarm.MetricName', 'ErrorsAlarm: no metric AWS/Lambda Failures by FunctionName is emitted', 'Failures'],
    [DASHBOARD, 'Dashboard: no metric DasRouter Beats by service is emitted', rename('HeartbeatsReceived', 'Beats')],
    [DASHBOARD, 'Dashboard: EventsArchived has no class READ', rename('DQL', 'READ')],
    [DASHBOARD, 'Dashboard: IteratorAge has no FunctionName router', rename('das-router-dev-router', 'router')],
    [DASHBOARD, 'Dashboard: EventsDropped has no rule users', rename('service-users', 'users')],
    ['DmlRule.Targets.0.RetryPolicy', 'DmlRule: DmlQueue has no retries'],
    ['DmlRule.Targets.0.DeadLetterConfig', 'DmlRule: DmlQueue has no dead-letter queue'],
    ['DmlDeadLetterQueueAlarm', 'no alarm watches DmlDeadLetterQueue'],
    ['DdlQueuePolicy', `DdlRule may not send to ${arnOf(resources, 'DdlQueue')}`],
    [
      'DdlDeadLetterQueuePolicy.PolicyDocument.Statement.0.Condition',
      `any rule may send to ${arnOf(resources, 'DdlDeadLetterQueue')}`,
    ],
    ['AuthFailureTopicPolicy', `AuthFailureRule may not send to ${arnOf(resources, 'AuthFailureTopic')}`],
    [
      'OperatorsTopicPolicy.PolicyDocument.Statement.1',
      `cloudwatch.amazonaws.com may not sns:Publish ${arnOf(resources, 'OperatorsTopic')}`,
    ],
    ['TopicKey.KeyPolicy.Statement.1', 'events.amazonaws.com may not kms:GenerateDataKey'],
    ['ArchiveBucketPolicy', 'ArchiveBucket can be reached without TLS'],
    ['FailureBucketPolicy', 'FailureBucket can be reached without TLS'],
  ];
  return breakages.map(([path, problem, value]) => ({ path, problem, value }));
}
