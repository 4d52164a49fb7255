import { QUARANTINE_REASONS } from '../src/activity.ts';
import { type DividedMetric, METRICS, METRICS_NAMESPACE, type PlainMetric, SERVICE_NAME } from '../src/metrics.ts';
import { deadLetterQueues } from './bus.ts';
import { attributeOf, type Resources, ref } from './cloudformation.ts';
import { mappingId, type Parameters } from './parameters.ts';

/** When an alarm goes off, and what it says to whoever is woken by it. */
interface Alarm {
  /** Heading of its article in the runbook, as a link names it. */
  readonly article: string;
  /** Which of several alarms with the same article this is. */
  readonly of?: string;
  readonly says: string;
  readonly metric: Readonly<Record<string, unknown>>;
  readonly threshold: Pick<AlarmProperties, 'ComparisonOperator' | 'Threshold'>;
  /** How many periods in a row; one, where nothing is said. */
  readonly periods?: number;
  readonly missing?: AlarmProperties['TreatMissingData'];
}

interface AlarmProperties {
  readonly ComparisonOperator: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly Threshold: number;
  readonly TreatMissingData: 'notBreaching' | 'breaching';
}

const FIVE_MINUTES = 300;
const TEN_MINUTES = 600;

/** Ten minutes: far from the day that the stream keeps a record. */
const MOST_ITERATOR_AGE_MS = 600_000;

/** The alarms; each tells the operators' topic when it goes off and when it is over. */
export function createAlarms(parameters: Parameters, name: string, functionName: string): Resources {
  return Object.fromEntries(
    Object.entries(findAlarms(parameters, functionName)).map(([logicalId, alarm]) => [
      logicalId,
      {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: nameAlarm(name, alarm),
          AlarmDescription: `${alarm.says} What to do: ${parameters.runbookUrl}#${alarm.article}`,
          ...alarm.metric,
          ...alarm.threshold,
          EvaluationPeriods: alarm.periods ?? 1,
          TreatMissingData: alarm.missing ?? 'notBreaching',
          AlarmActions: [ref('OperatorsTopic')],
          OKActions: [ref('OperatorsTopic')],
        },
      },
    ]),
  );
}

function nameAlarm(name: string, { article, of }: Alarm): string {
  return [name, article, of].filter((part) => part !== undefined).join('-');
}

function findAlarms(parameters: Parameters, functionName: string): Readonly<Record<string, Alarm>> {
  const { streamArn: streams } = parameters;
  const ofFunction = (name: string, statistic: string) =>
    single('AWS/Lambda', name, { FunctionName: functionName }, statistic, FIVE_MINUTES);
  return {
    NoHeartbeatAlarm: {
      article: 'no-heartbeat',
      says: 'No heartbeat of any database was processed for ten minutes: activity is not audited, or nothing is read.',
      metric: ofOurs('HeartbeatsReceived', TEN_MINUTES),
      threshold: below(1),
      missing: 'breaching',
    },
    ...each(streams, (stream) => [
      `SilentStreamAlarm${mappingId(stream)}`,
      {
        article: 'silent-stream',
        of: stream.resourceId,
        says: `Nothing was read from the stream of ${stream.resourceId} for ten minutes, not even heartbeats.`,
        metric: ofMapping(mappingId(stream), 'PolledEventCount', TEN_MINUTES),
        threshold: below(1),
        missing: 'breaching',
      },
    ]),
    IteratorAgeAlarm: {
      article: 'iterator-age',
      says: 'The function is ten minutes behind a stream; after a day the stream forgets what was not read.',
      metric: ofFunction('IteratorAge', 'Maximum'),
      threshold: above(MOST_ITERATOR_AGE_MS),
    },
    ErrorsAlarm: {
      article: 'errors',
      says: 'The function failed as a whole: a timeout, a crash, or a configuration that it refuses.',
      metric: ofFunction('Errors', 'Sum'),
      threshold: above(0),
    },
    ThrottlesAlarm: {
      article: 'throttles',
      says: 'Lambda had no room to run the function.',
      metric: ofFunction('Throttles', 'Sum'),
      threshold: above(0),
    },
    FailedRecordsAlarm: {
      article: 'failed-records',
      says: 'Records have failed for fifteen minutes and are delivered again: a service refuses what the function asks.',
      metric: ofOurs('RecordsFailed', FIVE_MINUTES),
      threshold: above(0),
      periods: 3,
    },
    QuarantineAlarm: {
      article: 'quarantine',
      says: 'A record could not be read and was put into quarantine.',
      metric: sumOver('RecordsQuarantined', QUARANTINE_REASONS, FIVE_MINUTES),
      threshold: above(0),
    },
    ...each(streams, (stream) => [
      `OnFailureAlarm${mappingId(stream)}`,
      {
        article: 'on-failure-deliveries',
        of: stream.resourceId,
        says: `Lambda gave up a batch of ${stream.resourceId} and wrote it into the failure bucket.`,
        metric: ofMapping(mappingId(stream), 'OnFailureDestinationDeliveredEventCount', FIVE_MINUTES),
        threshold: above(0),
      },
    ]),
    ...each(streams, (stream) => [
      `LostEventsAlarm${mappingId(stream)}`,
      {
        article: 'lost-events',
        of: stream.resourceId,
        says: `Lambda gave up records of ${stream.resourceId} and could not write them into the failure bucket.`,
        metric: ofMapping(mappingId(stream), 'DroppedEventCount', FIVE_MINUTES),
        threshold: above(0),
      },
    ]),
    ...each(deadLetterQueues(parameters), (queue) => [
      `${queue}Alarm`,
      {
        article: 'dead-letter-queue',
        of: queue,
        says: `A consumer did not take what the bus sent it: the events lie in ${queue}.`,
        metric: single(
          'AWS/SQS',
          'ApproximateNumberOfMessagesVisible',
          { QueueName: attributeOf(queue, 'QueueName') },
          'Maximum',
          FIVE_MINUTES,
        ),
        threshold: above(0),
      },
    ]),
  };
}

function each<T>(items: readonly T[], create: (item: T) => readonly [string, Alarm]): Readonly<Record<string, Alarm>> {
  return Object.fromEntries(items.map(create));
}

function above(threshold: number) {
  return { ComparisonOperator: 'GreaterThanThreshold', Threshold: threshold } as const;
}

function below(threshold: number) {
  return { ComparisonOperator: 'LessThanThreshold', Threshold: threshold } as const;
}

function single(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, unknown>>,
  statistic: string,
  period: number,
) {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: statistic,
    Period: period,
  };
}

function ofOurs(metric: PlainMetric, period: number) {
  return single(METRICS_NAMESPACE, metric, { service: SERVICE_NAME }, 'Sum', period);
}

function ofMapping(mapping: string, name: string, period: number) {
  return single('AWS/Lambda', name, { EventSourceMappingUUID: ref(mapping) }, 'Sum', period);
}

/** An alarm cannot search: each value of the dimension is named, ten at most. */
function sumOver(metric: DividedMetric, values: readonly string[], period: number) {
  return {
    Metrics: [
      { Id: 'sum', Expression: 'SUM(METRICS())', Label: metric, ReturnData: true },
      ...values.map((value, position) => ({
        Id: `m${position}`,
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: METRICS_NAMESPACE,
            MetricName: metric,
            Dimensions: [
              { Name: 'service', Value: SERVICE_NAME },
              { Name: METRICS[metric], Value: value },
            ],
          },
          Period: period,
          Stat: 'Sum',
        },
      })),
    ],
  };
}
