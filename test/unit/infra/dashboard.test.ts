import { describe, expect, it } from 'vitest';
import { COUNTED_CLASSES } from '../../../src/metrics.ts';
import { valueAt } from '../../support/lookup.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

interface Widget extends Readonly<Record<'x' | 'y' | 'width' | 'height', number>> {
  readonly properties: { readonly alarms?: readonly string[]; readonly metrics?: readonly (readonly unknown[])[] };
}

const resources = createResources();
const widgets: readonly Widget[] = JSON.parse(valueAt(resources, 'Dashboard.DashboardBody.Fn::Sub')).widgets;

describe('the dashboard', () => {
  it('fills its 24 columns without a widget on another', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
    expect(cells.length % 24).toBe(0);
  });

  it('shows every alarm', () => {
    const alarms = resourcesOf(resources, 'AWS::CloudWatch::Alarm').map(({ Properties: { AlarmName: name } }) => name);
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);

    expect(shown.map((arn) => arn.split(':').at(-1)).sort()).toEqual(alarms.sort());
  });

  it('computes costs out of metrics that it names', () => {
    const priced = widgets.find(({ properties }) => JSON.stringify(properties).includes('expression'));
    const lines = priced?.properties.metrics ?? [];
    const options = lines.map((line) => line.at(-1) as { readonly id: string; readonly expression?: string });
    const ids = options.map(({ id }) => id);

    for (const { expression } of options) {
      for (const [name] of expression?.matchAll(/(?<!")\b[a-z]\w*/g) ?? []) expect(ids).toContain(name);
      for (const [, part] of expression?.matchAll(/METRICS\("(\w+)"\)/g) ?? []) {
        expect(ids.filter((id) => id.includes(String(part))).length).toBe(COUNTED_CLASSES.length);
      }
      expect(expression ?? '').not.toMatch(/\de/);
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('counts the memory that the function has', () => {
    const dashboard = valueAt(createResources({ memorySize: 3072 }), 'Dashboard.DashboardBody.Fn::Sub');

    expect(dashboard).toContain('(milliseconds/1000*3)*');
  });

  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
  it('fits what CloudWatch takes', () => {
    for (const { properties } of widgets) expect(properties.metrics?.length ?? 0).toBeLessThanOrEqual(500);
    expect(widgets.length).toBeLessThanOrEqual(500);
  });
});
