import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PARAMETER_NAMES } from '../../../infra/parameters.ts';
import { PRICES, type Price } from '../../../infra/prices.ts';
import { streamArn } from '../../../local/deployment.ts';
import { ROOT } from '../../../local/package.ts';
import { METRICS } from '../../../src/metrics.ts';
import { compilePattern } from '../../../src/patterns/pattern.ts';
import { createActivityEntry } from '../../../src/sinks/bus-entries.ts';
import { createConfig, createEvent } from '../../support/activity.ts';
import { propertiesOf } from '../../support/lookup.ts';
import { createResources, DEFAULTS, PARAMS, resourcesOf } from '../../support/stack.ts';

const DOCUMENT = readFileSync(join(ROOT, 'docs', 'deploying.md'), 'utf8');

/** The cells of a table's rows, below its head. */
function readTable(head: string): readonly (readonly string[])[] {
  const lines =
    DOCUMENT.slice(DOCUMENT.indexOf(`| ${head}`))
      .split('\n\n')[0]
      ?.split('\n')
      .slice(2) ?? [];
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the parameters that it explains', () => {
  const rows = readTable('parameter ').map(([name = '', fallback = '', what = '']) => ({
    name: name.replaceAll('`', ''),
    fallback: fallback.replaceAll('`', ''),
    what,
  }));

  it('are all that there are', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...PARAMETER_NAMES].sort());
  });

  it('have the defaults of serverless.yml', () => {
    for (const { name, fallback } of rows) {
      if (fallback === 'required') expect(DEFAULTS).not.toHaveProperty(name);
      else if (name !== 'dropRules') expect(fallback, name).toBe(String(DEFAULTS[name]));
    }
  });

  it.each(['dev', 'prod'])('have the defaults of the stage %s', (stage) => {
    const said = rows.flatMap(({ name, what }) => {
      const [, value] = new RegExp(`\\b${stage}: (\\d+)`).exec(what) ?? [];
      return value === undefined ? [] : [[name, Number(value)]];
    });

    expect(Object.fromEntries(said)).toEqual(PARAMS[stage]);
  });
});

describe('the costs', () => {
  const rows = readTable('what  ').map((cells) => cells.map((cell) => cell.replaceAll('*', '')));
  const costs = rows.slice(0, -1);

  it.each(costs)('of %s are its amount times its price, which is the price of the dashboard', (_what, ...cells) => {
    const [amount, usd, per, total] = [cells[0], cells[2], cells[3], cells[4]].map(Number) as [
      number,
      number,
      number,
      number,
    ];

    const prices: readonly Price[] = Object.values(PRICES);
    expect(total).toBe(Math.round(((amount * usd) / per) * 100) / 100);
    expect(prices).toContainEqual({ usd, per });
  });

  it('make the sum', () => {
    const sum = costs.reduce((total, row) => total + Number(row.at(-1)), 0);

    expect(Number(rows.at(-1)?.at(-1))).toBeCloseTo(sum, 5);
  });

  it('count the alarms, keys and metrics that there are', () => {
    const resources = createResources({ streamArn: streamArn('cluster-A') });
    const amountOf = (what: string) => Number(costs.find(([name]) => name === what)?.[1]);

    const metrics = resourcesOf(resources, 'AWS::CloudWatch::Alarm').map(({ Properties: { Metrics: list } }) =>
      list === undefined ? 1 : (list as readonly unknown[]).length - 1,
    );
    const singles = metrics.filter((count) => count === 1).length;
    const plain = Object.values(METRICS).filter((dimension) => dimension === null).length;
    expect(amountOf('CloudWatch alarms'), 'the amount of alarms').toBe(metrics.reduce((sum, count) => sum + count, 0));
    expect(DOCUMENT).toContain(`${singles} of one metric, 1 of seven`);
    expect(amountOf('KMS keys'), 'the amount of keys').toBe(resourcesOf(resources, 'AWS::KMS::Key').length);
    expect(DOCUMENT).toContain(`${plain} without a class, 8 classes archived, 5 published, 1 drop rule`);
    expect(amountOf('CloudWatch metrics'), 'the amount of metrics').toBe(plain + 8 + 5 + 1);
  });
});

describe('its commands', () => {
  it('ask a view that there is, for columns that it has', () => {
    const resources = createResources();
    const [, columns = '', database, view, condition = ''] =
      /"SELECT (.*?) FROM (\w+)\.(\w+) WHERE (.*?) GROUP BY/.exec(DOCUMENT) ?? [];
    const { TableInput: table } = propertiesOf(resources, 'AWS::Glue::Table', 'ActivityView');
    const { Name: name, StorageDescriptor: storage } = table;
    const known = storage.Columns.map(({ Name }) => Name);

    expect(view).toBe(name);
    expect(database).toBe('das_router_dev');
    expect(known).toContain(columns.split(',')[0]);
    expect(known).toContain(condition.split(' ')[0]);
  });

  it('make a rule that gets the DDL of the database, and nothing else', () => {
    const [, pattern = ''] = /--event-pattern '([^']*)'/.exec(DOCUMENT) ?? [];
    const matches = compilePattern(JSON.parse(pattern));
    const publish = (overrides: Parameters<typeof createEvent>[0]) => {
      const { detailType, detail } = createActivityEntry(createEvent(overrides), null, createConfig());
      return { source: 'das-router', 'detail-type': detailType, detail: JSON.parse(detail) };
    };

    expect(matches(publish({ activity: { class: 'DDL', database: 'payroll' } }))).toBe(true);
    expect(matches(publish({ activity: { class: 'DDL', database: 'shop' } }))).toBe(false);
    expect(matches(publish({ activity: { class: 'DML', database: 'payroll' } }))).toBe(false);
  });

  it('name parameters that there are', () => {
    const named = [...DOCUMENT.matchAll(/--param "?(\w+)=/g)].map(([, name]) => name);

    for (const name of named) expect(PARAMETER_NAMES).toContain(name);
  });

  it('are given policies and patterns that are JSON', () => {
    for (const [, text = ''] of DOCUMENT.matchAll(/--(?:policy-document|event-pattern) '([^']*)'/g)) {
      expect(() => JSON.parse(text)).not.toThrow();
    }
  });
});
