import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';
import { COUNTED_CLASSES, countedClass, METRICS } from '../../src/metrics.ts';
import { createResources } from '../support/stack.ts';
import { collectTelemetry } from '../support/telemetry.ts';
import { findMetricReferences } from '../template/metric-references.ts';

const NAMES = Object.keys(METRICS).sort();

it('every metric of the table is emitted, and no other', () => {
  expect([...new Set(collectTelemetry().metrics.map(({ name }) => name))].sort()).toEqual(NAMES);
});

it('every metric of the table is drawn on the dashboard, and no other', () => {
  const drawn = findMetricReferences(createResources())
    .filter(({ from, namespace }) => from === 'Dashboard' && namespace === 'DasRouter')
    .map(({ name }) => name);

  expect([...new Set(drawn)].sort()).toEqual(NAMES);
});

it('every metric of the table is named in the README', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

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
