import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../local/package.ts';
import { METRICS } from '../../src/metrics.ts';
import { createResources } from '../support/stack.ts';
import { collectTelemetry } from '../support/telemetry.ts';
import { findMetricReferences } from '../template/metric-references.ts';

const NAMES = Object.keys(METRICS).sort();

describe('every metric of the table', () => {
  it('is emitted, and no other', () => {
    expect([...new Set(collectTelemetry().metrics.map(({ name }) => name))].sort()).toEqual(NAMES);
  });

  it('is drawn on the dashboard, and no other', () => {
    const drawn = findMetricReferences(createResources())
      .filter(({ from, namespace }) => from === 'Dashboard' && namespace === 'DasRouter')
      .map(({ name }) => name);

    expect([...new Set(drawn)].sort()).toEqual(NAMES);
  });

  it('is named in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

    expect(NAMES.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
