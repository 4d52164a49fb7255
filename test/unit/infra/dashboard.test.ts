import { describe, expect, it } from 'vitest';
import { COUNTED_CLASSES } from '../../../src/metrics.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

interface Widget {
  readonly type: 'alarm' | 'text' | 'metric';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly markdown?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

const resources = createResources();
const body = (resources.Dashboard?.Properties.DashboardBody as { 'Fn::Sub': string } | undefined)?.['Fn::Sub'] ?? '{}';
const widgets: readonly Widget[] = JSON.parse(body).widgets;

describe('the dashboard', () => {
  it('asks its questions from left to right, row by row', () => {
    const questions = widgets
      .filter(({ type }) => type === 'text')
      .sort((a, b) => a.y - b.y || a.x - b.x)
      .map(({ properties }) => /^## (.*)$/m.exec(properties.markdown ?? '')?.[1]);

    expect(questions).toEqual([
      '1. Is it alive?',
      '2. Is it behind?',
      '3. What comes in?',
      '4. What was dropped, and why?',
      '5. What failed?',
      '6. What does it cost?',
    ]);
  });

  it('fills its 24 columns without a widget on another', () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
    expect(cells.length % 24).toBe(0);
  });

  it('shows every alarm', () => {
    const alarms = resourcesOf(resources, 'AWS::CloudWatch::Alarm');
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);

    const names = shown.map((arn) => arn.slice(arn.lastIndexOf(':') + 1));
    expect(names.sort()).toEqual(alarms.map(({ Properties: properties }) => properties.AlarmName).sort());
    expect(new Set(names).size).toBe(names.length);
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
    const dashboard = createResources({ memorySize: 3072 }).Dashboard?.Properties.DashboardBody;

    expect(JSON.stringify(dashboard)).toContain('(milliseconds/1000*3)*');
  });

  it('fits what CloudWatch takes', () => {
    for (const { properties } of widgets) expect(properties.metrics?.length ?? 0).toBeLessThanOrEqual(500);
    expect(body.length).toBeLessThan(1_000_000);
  });
});
