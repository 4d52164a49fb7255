import type { Resources } from '../../infra/cloudformation.ts';

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
  return Object.entries(resources).flatMap(([from, { Type: type, Properties: properties }]) => {
    if (type === 'AWS::CloudWatch::Alarm') return readAlarm(from, properties as unknown as AlarmProperties);
    if (type === 'AWS::CloudWatch::Dashboard') return readDashboard(from, properties as unknown as DashboardProperties);
    return [];
  });
}

interface SingleMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface AlarmProperties extends SingleMetric {
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: SingleMetric } }[];
}

interface DashboardProperties {
  readonly DashboardBody: { readonly 'Fn::Sub': string };
}

function readAlarm(from: string, alarm: AlarmProperties): readonly MetricReference[] {
  const metrics = alarm.Metrics?.flatMap(({ MetricStat: stat }) => stat?.Metric ?? []) ?? [alarm];
  return metrics.map(({ Namespace: namespace, MetricName: name, Dimensions: dimensions }) => ({
    from,
    namespace,
    name,
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
  }));
}

function readDashboard(from: string, { DashboardBody: body }: DashboardProperties): readonly MetricReference[] {
  const { widgets } = JSON.parse(body['Fn::Sub']) as {
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
