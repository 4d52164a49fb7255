import { describe, expect, it } from 'vitest';
import { PARAMETER_NAMES } from '../../../infra/parameters.ts';
import { PRICES } from '../../../infra/prices.ts';
import { streamArn } from '../../../local/deployment.ts';
import { METRICS } from '../../../src/metrics.ts';
import { readDocument, tableOf } from '../../support/documents.ts';
import { createResources, DEFAULTS, PARAMS, resourcesOf } from '../../support/stack.ts';
import { READY_RULES } from '../../support/subscribing.ts';

const DOCUMENT = readDocument('docs/deploying.md');

describe('the parameters that it explains', () => {
  const rows = tableOf(DOCUMENT, 'parameter');

  it('are all that there are', () => {
    expect(rows.map(([name]) => name).sort()).toEqual([...PARAMETER_NAMES].sort());
  });

  it('have the defaults of serverless.yml', () => {
    for (const [name = '', fallback = ''] of rows) {
      if (fallback === 'required') expect(DEFAULTS).not.toHaveProperty(name);
      else if (name !== 'dropRules') expect(fallback, name).toBe(String(DEFAULTS[name]));
    }
  });

  it.each(['dev', 'prod'])('have the defaults of the stage %s', (stage) => {
    const given = rows.flatMap(([name, , what = '']) => {
      const value = new RegExp(`(?<=\\b${stage}: )\\d+`).exec(what)?.[0];
      return value === undefined ? [] : [[name, Number(value)]];
    });

    expect(Object.fromEntries(given)).toEqual(PARAMS[stage]);
  });
});

describe('the costs', () => {
  const rows = tableOf(DOCUMENT, 'what', 'amount').map((cells) => cells.map((cell) => cell.replaceAll('*', '')));
  const costs = rows.slice(0, -1).map(([what, amount, , usd, per, total]) => ({
    what,
    amount: Number(amount),
    price: { usd: Number(usd), per: Number(per) },
    total: Number(total),
  }));

  it.each(costs)('of $what are its amount times a price of the dashboard', ({ amount, price, total }) => {
    expect(total).toBe(Math.round(((amount * price.usd) / price.per) * 100) / 100);
    expect(Object.values(PRICES)).toContainEqual(price);
  });

  it('make the sum', () => {
    const sum = costs.reduce((before, { total }) => before + total, 0);

    expect(Number(rows.at(-1)?.at(-1))).toBeCloseTo(sum, 5);
  });

  it('count the alarms, keys and metrics that there are', () => {
    const resources = createResources({ streamArn: streamArn('cluster-A') });
    const amountOf = (name: string) => costs.find(({ what }) => what === name)?.amount;
    const alarms = resourcesOf(resources, 'AWS::CloudWatch::Alarm').map(({ Properties: { Metrics: list } }) =>
      list === undefined ? 1 : (list as readonly unknown[]).length - 1,
    );
    const plain = Object.values(METRICS).filter((dimension) => dimension === null).length;

    expect(amountOf('CloudWatch alarms')).toBe(alarms.reduce((sum, count) => sum + count, 0));
    expect(DOCUMENT).toContain(`${alarms.filter((count) => count === 1).length} of one metric, 1 of seven`);
    expect(amountOf('KMS keys')).toBe(resourcesOf(resources, 'AWS::KMS::Key').length);
    expect(DOCUMENT).toContain(`${plain} without a class, 8 classes archived, 5 published, 1 drop rule`);
    expect(amountOf('CloudWatch metrics')).toBe(plain + 8 + 5 + 1);
  });
});

it('creates the ready rule for the DDL of one database', () => {
  const [, pattern = ''] = /--event-pattern '([^']*)'/.exec(DOCUMENT) ?? [];

  expect(JSON.parse(pattern)).toEqual(READY_RULES.find(({ name }) => name === 'ddl-on-one-database')?.pattern);
});
