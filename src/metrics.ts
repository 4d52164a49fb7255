import { ACTIVITY_CLASSES, type Activity } from './activity.ts';

/** Where the metrics are found in CloudWatch. */
export const METRICS_NAMESPACE = 'DasRouter';

/** The value of the dimension `service` that every metric has. */
export const SERVICE_NAME = 'das-router';

/**
 * Every metric, with the dimension that it has beside `service`, or null. CloudWatch finds a metric only under exactly its
 * dimensions, so the dashboard and the alarms are written with this table.
 */
export const METRICS = {
  RecordsReceived: null,
  EventsReceived: null,
  HeartbeatsReceived: null,
  EventsDropped: 'rule',
  EventsArchived: 'class',
  EventsPublished: 'class',
  RecordsQuarantined: 'reason',
  RecordsFailed: null,
  DataKeyDecryptCalls: null,
  DataKeyCacheHits: null,
  ArchiveObjects: null,
  ArchiveConflicts: null,
  PublishRetries: null,
  EventsRefused: null,
  ProcessingLag: null,
} as const;

/** What archived and published events are counted under: AUX events repeat a statement, so they are none of its class. */
export const COUNTED_CLASSES = [...ACTIVITY_CLASSES, 'AUXILIARY'] as const;

export type CountedClass = (typeof COUNTED_CLASSES)[number];

export function countedClass(activity: Pick<Activity, 'class' | 'auxiliary'>): CountedClass {
  return activity.auxiliary ? 'AUXILIARY' : activity.class;
}

type Metric = keyof typeof METRICS;

/** Metrics with no dimension of their own. */
export type PlainMetric = { [Name in Metric]: (typeof METRICS)[Name] extends null ? Name : never }[Metric];

/** Metrics that are counted by something. */
export type DividedMetric = Exclude<Metric, PlainMetric>;
