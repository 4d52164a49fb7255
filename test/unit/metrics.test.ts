import { expect, it } from 'vitest';
import { COUNTED_CLASSES, countedClass, METRICS } from '../../src/metrics.ts';
import { readDocument } from '../support/documents.ts';
import { createResources } from '../support/stack.ts';
import { collectTelemetry } from '../support/telemetry.ts';
import { findMetricReferences } from '../template/metric-references.ts';

const NAMES = Object.keys(METRICS).sort();

const DRAWN = findMetricReferences(createResources()).filter(
  ({ from, namespace }) => from === 'Dashboard' && namespace === 'DasRouter',
);

it.each([
  ['emitted', collectTelemetry().metrics],
  ['drawn on the dashboard', DRAWN],
])('every metric of the table is %s, and no other', (_, metrics) => {
  expect([...new Set(metrics.map(({ name }) => name))].sort()).toEqual(NAMES);
});

it('every metric of the table is named in the README', () => {
  const readme = readDocument('README.md');

  expect(NAMES.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

it.each([
  [false, 'DDL', 'DDL'],
  [true, 'DDL', 'AUXILIARY'],
  [true, 'UNKNOWN', 'AUXILIARY'],
  [false, 'ERROR', 'ERROR'],
] as const)('an event, auxiliary: %s, of class %s is counted as %s', (auxiliary, name, expected) => {
  expect(countedClass({ auxiliary, class: name })).toBe(expected);
  expect(COUNTED_CLASSES).toContain(expected);
});
