import type { Resources } from '../../infra/cloudformation.ts';
import { findInEach, type SingleMetric } from '../support/lookup.ts';

/** A metric that the dashboard or an alarm looks at. */
export interface MetricReference {
  /** Logical id of the resource that looks at it. */
  readonly from: string;
  readonly namespace: string;
  readonly name: string;
  /** Values by the dimensions' names; a value that only CloudFormation knows is an object, or a placeholder. */
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** Every metric that a dashboard or an alarm of the template looks at. */
export function findMetricReferences(resources: Resources): readonly MetricReference[] {
  return [
    ...findInEach(resources, 'AWS::CloudWatch::Alarm', (from, { Metrics: several, ...single }) => {
      const metrics = several?.flatMap(({ MetricStat: stat }) => stat?.Metric ?? []) ?? [single];
      return metrics.map((metric) => readMetric(from, metric));
    }),
    ...findInEach(resources, 'AWS::CloudWatch::Dashboard', (from, { DashboardBody: body }) =>
      readDashboard(from, body['Fn::Sub']),
    ),
  ];
}

function readMetric(from: string, metric: Partial<SingleMetric>): MetricReference {
  const { Namespace: namespace = '', MetricName: name = '', Dimensions: dimensions = [] } = metric;
  return {
    from,
    namespace,
    name,
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
  };
}

function readDashboard(from: string, body: string): readonly MetricReference[] {
  const { widgets } = JSON.parse(body) as {
    widgets: readonly { properties: { metrics?: readonly (readonly unknown[])[] } }[];
  };
  return widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .filter((line) => typeof line[0] === 'string')
    .map((line) => {
      const [namespace, name, ...rest] = line.filter((part) => typeof part === 'string');
      const pairs = rest.flatMap((part, position) => (position % 2 === 0 ? [[part, rest[position + 1]]] : []));
      return { from, namespace: String(namespace), name: String(name), dimensions: Object.fromEntries(pairs) };
    });
}
