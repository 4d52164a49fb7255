import type { Resources } from '../../infra/cloudformation.ts';
import { findInEach, valueAt } from '../support/lookup.ts';

interface Alarm {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
  /** Where the alarm looks at several metrics; else those of a single one are beside it. */
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Alarm } }[];
}

export type MetricReference = ReturnType<typeof findMetricReferences>[number];

/**
 * Every metric that an alarm or the dashboard of the template looks at, with the logical id of what looks. The value of a
 * dimension that only CloudFormation knows is an object, or a placeholder.
 */
export function findMetricReferences(resources: Resources) {
  const alarms = findInEach(resources, 'AWS::CloudWatch::Alarm', (from, { Metrics: several, ...single }: Alarm) =>
    (several?.flatMap(({ MetricStat: stat }) => stat?.Metric ?? []) ?? [single]).map(
      ({ Namespace: namespace, MetricName: name, Dimensions: dimensions }) => ({
        from,
        line: [namespace, name, ...dimensions.flatMap(({ Name, Value }) => [Name, Value])],
      }),
    ),
  );
  const { widgets }: { widgets: readonly { properties: { metrics?: readonly (readonly unknown[])[] } }[] } = JSON.parse(
    valueAt(resources, 'Dashboard.DashboardBody.Fn::Sub'),
  );
  const drawn = widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .map((line) => ({ from: 'Dashboard', line }));
  // An expression has no namespace; of a graph's line the last part is options.
  return [...alarms, ...drawn].flatMap(({ from, line: [namespace, name, ...rest] }) => {
    if (typeof namespace !== 'string') return [];
    const pairs = rest.flatMap((part, at) => (at % 2 === 0 && typeof part === 'string' ? [[part, rest[at + 1]]] : []));
    const dimensions: Readonly<Record<string, unknown>> = Object.fromEntries(pairs);
    return [{ from, namespace, name: String(name), dimensions }];
  });
}
