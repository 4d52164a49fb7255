import { describe, expect, it } from 'vitest';
import { headline } from '../../../bench/report.ts';
import { PRICES } from '../../../infra/prices.ts';
import { ACTIVITY_CLASSES, QUARANTINE_REASONS } from '../../../src/activity.ts';
import { poison } from '../../../src/errors.ts';
import { matchesPattern, validatePattern } from '../../../src/patterns/pattern.ts';
import { createActivityEntry, createQuarantineEntry } from '../../../src/sinks/bus-entries.ts';
import expected from '../../fixtures/expected/aurora-postgresql-8.json' with { type: 'json' };
import { createConfig, createEvent, createOrigin } from '../../support/activity.ts';
import { openAthena } from '../../support/athena.ts';
import { asDelivered } from '../../support/bus.ts';
import { readDocument, tableOf } from '../../support/documents.ts';
import { DEFAULTS, PARAMS } from '../../support/stack.ts';
import {
  DOCUMENT_FILE,
  READY_RULES,
  writeCommands,
  writeResource,
  writeServerlessEvent,
} from '../../support/subscribing.ts';

const DOCUMENT = readDocument('docs/subscribing.md');
const STREAM = 'arn:aws:kinesis:eu-west-1:000000000000:stream/aws-rds-das-cluster-LOCALPOSTGRESQL';

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;
// A list of one stands on one line, as Biome formats it.
const json = (value: unknown) => block('json', JSON.stringify(value, null, 2).replace(/\[\s+("[^"]*")\s+\]/g, '[$1]'));

const { event } = expected;
const POISON = {
  record: { origin: createOrigin(), data: '', delivered: {} },
  error: poison('decrypt', 'DECRYPT_FAILED', 'refused'),
};
const ENTRIES = {
  event: {
    detailType: event['detail-type'],
    time: new Date(event.time),
    detail: JSON.stringify(event.detail),
    origin: { streamArn: event.resources[0] ?? '' },
  },
  announcement: createQuarantineEntry(POISON, createConfig()),
};

function writeRule(rule: (typeof READY_RULES)[number]): string {
  return [
    block('yaml', writeServerlessEvent(rule)),
    '<details><summary>CloudFormation</summary>',
    block('yaml', writeResource(rule)),
    '</details>\n<details><summary>AWS CLI</summary>',
    block('sh', writeCommands(rule)),
    '</details>',
  ].join('\n\n');
}

const BLOCKS = new Map([
  ...Object.entries(ENTRIES).map(([name, entry]) => [name, json(asDelivered(entry, createConfig()))] as const),
  ...READY_RULES.map((rule) => [rule.name, writeRule(rule)] as const),
]);

/** Each field below a value, as in `metadata.archive.key`. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly string[] {
  const own = path.length > 1 ? [path.join('.')] : [];
  if (typeof value !== 'object' || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))];
}

describe('docs/subscribing.md', () => {
  it('has the rules of examples/rules, and events as they are: npx vitest run test/unit/docs --update writes them anew', async () => {
    const written = DOCUMENT.replace(
      /(<!-- (?:generated|rule): ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
      (_all, begin, name, end) => `${begin}\n${BLOCKS.get(name)}\n\n${end}`,
    );

    await expect(written).toMatchFileSnapshot(DOCUMENT_FILE);
  });

  it('has every rule once, each with its place in the overview', () => {
    const names = READY_RULES.map(({ name }) => name).sort();
    const marked = [...DOCUMENT.matchAll(/<!-- rule: ([\w-]+) -->/g)].map(([, name]) => name);

    expect(names.length).toBeGreaterThanOrEqual(12);
    expect(marked.toSorted()).toEqual(names);
    expect(tableOf(DOCUMENT, 'rule').map(([cell = '']) => /^\[`?([\w-]+)/.exec(cell)?.[1])).toEqual(marked);
  });
});

describe('what it says of an event', () => {
  it('is every field of detail, and no other', () => {
    const full = createConfig({ STATEMENT_TEXT: 'full' });
    const { detail } = createActivityEntry(createEvent({ errorMessage: 'refused' }), 'key', full);

    expect(tableOf(DOCUMENT, 'field').map(([field]) => field)).toEqual(pathsOf(JSON.parse(detail)));
  });

  it('is every detail-type, and which are published by default', () => {
    const published = [...String(DEFAULTS.publishClasses).split(','), 'Record Quarantined'];
    const types = [...ACTIVITY_CLASSES, 'Record Quarantined'].map((name) => [
      `Database Activity ${name}`,
      published.includes(name),
    ]);

    const rows = tableOf(DOCUMENT, 'detail-type').map(([type, , byDefault]) => [type, byDefault === 'published']);
    expect(rows.sort()).toEqual(types.sort());
  });

  it('is every reason for which a record is quarantined', () => {
    const [, sentence = ''] = /`reason` is one of ([^.]*)\./.exec(DOCUMENT) ?? [];

    expect(sentence.match(/\w+/g)).toEqual([...QUARANTINE_REASONS]);
  });

  it('is how late it comes, as it was measured and is set', () => {
    const { lagMedian, lagP99 } = headline(JSON.parse(readDocument('docs/performance.json')));

    expect(DOCUMENT).toContain(`${lagMedian} seconds after the database put it into the stream`);
    expect(DOCUMENT).toContain(`(median; 99th percentile ${lagP99})`);
    expect(DOCUMENT).toContain(`of which up to ${DEFAULTS.batchWindowSeconds} are`);
    expect(DOCUMENT).toContain(`(${PARAMS.dev?.batchWindowSeconds} in the stage dev)`);
  });

  it('is what it costs, by the prices of the dashboard where they have it', () => {
    const { busEvents, busArchiveGigabytes } = PRICES;
    for (const [begin, price] of [
      ...['publishing an event', 'delivery to a bus', 'a replay'].map((what) => [what, busEvents] as const),
      ["the bus' archive", busArchiveGigabytes] as const,
    ]) {
      const [, , usd, per = ''] = tableOf(DOCUMENT, 'what').find(([what = '']) => what.startsWith(begin)) ?? [];
      expect({ usd: Number(usd), per: Number.parseInt(per, 10) }, begin).toEqual(price);
    }
  });
});

it.each(READY_RULES)('EventBridge accepts the rule $name, which fits between the quotes of a shell', (rule) => {
  expect(validatePattern(rule.pattern)).toEqual([]);
  expect(rule.text).not.toContain("'");
});

it('its sample event is one that the function publishes, and the rule of the walk-through matches it', () => {
  const origin = { resourceId: 'cluster-LOCALPOSTGRESQL', streamArn: STREAM };
  const sample = createEvent({ origin, activity: { objectType: null, objectName: null, rowCount: null } });
  const published = createActivityEntry(sample, null, createConfig());
  const entry = { EventBusName: 'das-router-dev', Source: 'das-router', DetailType: published.detailType };
  const rule = READY_RULES.find(({ name }) => name === 'ddl-on-one-database');

  const entries: unknown = JSON.parse(readDocument('examples/events/ddl.json'));

  expect(entries).toEqual([{ ...entry, Resources: [STREAM], Detail: published.detail }]);
  expect(matchesPattern(rule?.pattern, asDelivered(published, createConfig()))).toBe(true);
});

it('its query is for columns that the view has', () => {
  const [, query = ''] = /"(SELECT [^"]*)"/.exec(DOCUMENT) ?? [];

  expect(openAthena([])(query.replace('das_router_dev', 'das_router_test'))).toEqual([]);
});
