import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headline } from '../../../bench/report.ts';
import type { Results } from '../../../bench/results.ts';
import { PARAMETER_NAMES } from '../../../infra/parameters.ts';
import { PRICES } from '../../../infra/prices.ts';
import { ROOT } from '../../../local/package.ts';
import { ACTIVITY_CLASSES, QUARANTINE_REASONS } from '../../../src/activity.ts';
import { poison } from '../../../src/errors.ts';
import { matchesPattern, validatePattern } from '../../../src/patterns/pattern.ts';
import { createActivityEntry, createQuarantineEntry } from '../../../src/sinks/bus-entries.ts';
import expected from '../../fixtures/expected/aurora-postgresql-8.json' with { type: 'json' };
import { createConfig, createEvent, createOrigin } from '../../support/activity.ts';
import { asDelivered } from '../../support/bus.ts';
import { propertiesOf } from '../../support/lookup.ts';
import { createResources, DEFAULTS, PARAMS } from '../../support/stack.ts';
import {
  DOCUMENT_FILE,
  parseTemplate,
  READY_RULES,
  readBlocks,
  writeCommands,
  writeResource,
  writeServerlessEvent,
} from '../../support/subscribing.ts';

const DOCUMENT = readFileSync(DOCUMENT_FILE, 'utf8');
const STREAM = 'arn:aws:kinesis:eu-west-1:000000000000:stream/aws-rds-das-cluster-LOCALPOSTGRESQL';

const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;
// A list of one stands on one line, as Biome formats it.
const json = (value: unknown) => block('json', JSON.stringify(value, null, 2).replace(/\[\s+("[^"]*")\s+\]/g, '[$1]'));

function announce() {
  const record = { origin: createOrigin(), data: '', delivered: {} };
  const error = poison('decrypt', 'DECRYPT_FAILED', 'refused');
  return asDelivered(createQuarantineEntry({ record, error }, createConfig()), createConfig());
}

const { event } = expected;
const GENERATED: Readonly<Record<string, string>> = {
  event: json(
    asDelivered(
      {
        detailType: event['detail-type'],
        time: new Date(event.time),
        detail: JSON.stringify(event.detail),
        origin: { streamArn: event.resources[0] ?? '' },
      },
      createConfig(),
    ),
  ),
  announcement: json(announce()),
};

const BLOCKS = new Map(
  READY_RULES.map((rule) => [
    rule.name,
    [
      block('yaml', writeServerlessEvent(rule)),
      '<details><summary>CloudFormation</summary>',
      block('yaml', writeResource(rule)),
      '</details>\n<details><summary>AWS CLI</summary>',
      block('sh', writeCommands(rule)),
      '</details>',
    ].join('\n\n'),
  ]),
);

/** The cells of a table's rows, below its head. */
function readTable(head: string): readonly (readonly string[])[] {
  const [, , ...rows] = DOCUMENT.slice(DOCUMENT.search(new RegExp(`^\\| ${head} +\\|`, 'm'))).split('\n');
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(0, end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

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
      (_all, begin, name, end) => `${begin}\n${GENERATED[name] ?? BLOCKS.get(name)}\n\n${end}`,
    );

    await expect(written).toMatchFileSnapshot(DOCUMENT_FILE);
  });

  it('has every rule once, each with its place in the overview', () => {
    const names = READY_RULES.map(({ name }) => name).sort();
    const marked = [...DOCUMENT.matchAll(/<!-- rule: ([\w-]+) -->/g)].map(([, name]) => name);

    expect(names.length).toBeGreaterThanOrEqual(12);
    expect(marked.toSorted()).toEqual(names);
    expect(readTable('rule').map(([cell = '']) => /^\[([\w-]+)\]/.exec(cell)?.[1])).toEqual(marked);
  });

  it('links to what there is', () => {
    const anchorsOf = (text: string) =>
      new Set(
        [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
          title
            .toLowerCase()
            .replace(/[^\w -]/g, '')
            .replaceAll(' ', '-'),
        ),
      );
    const links = [...DOCUMENT.matchAll(/\]\((?!https:)([^)#]*)(?:#([^)]*))?\)/g)];

    expect(links.length).toBeGreaterThan(20);
    for (const [link, path = '', anchor] of links) {
      const file = path === '' ? DOCUMENT_FILE : join(dirname(DOCUMENT_FILE), path);
      expect(existsSync(file), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(file, 'utf8')), link).toContain(anchor);
    }
  });
});

describe('what it says of an event', () => {
  it('is every field of detail, and no other', () => {
    const full = createConfig({ STATEMENT_TEXT: 'full' });
    const { detail } = createActivityEntry(createEvent({ errorMessage: 'refused' }), 'key', full);

    expect(readTable('field').map(([field]) => field)).toEqual(pathsOf(JSON.parse(detail)));
  });

  it('is every detail-type, and which are published where nobody says otherwise', () => {
    const rows = readTable('detail-type');
    const types = [
      ...ACTIVITY_CLASSES.map((name) => `Database Activity ${name}`),
      'Database Activity Record Quarantined',
    ];
    const published = rows.filter(([, , byDefault]) => byDefault === 'published').map(([type]) => type);

    expect(rows.map(([type]) => type).toSorted()).toEqual(types.sort());
    expect(published).toEqual(
      ['DDL', 'DML', 'DCL', 'AUTH_FAILURE', 'ERROR', 'Record Quarantined'].map((name) => `Database Activity ${name}`),
    );
    expect(DEFAULTS.publishClasses).toBe('DDL,DML,DCL,AUTH_FAILURE,ERROR');
  });

  it('is every reason for which a record is quarantined', () => {
    const [, sentence = ''] = /`reason` is one of ([^.]*)\./.exec(DOCUMENT) ?? [];

    expect(sentence.match(/\w+/g)).toEqual([...QUARANTINE_REASONS]);
  });

  it('is how late it comes, as it was measured and is set', () => {
    const results: Results = JSON.parse(readFileSync(join(ROOT, 'docs', 'performance.json'), 'utf8'));
    const { lagMedian, lagP99 } = headline(results);

    expect(DOCUMENT).toContain(
      `${lagMedian} seconds after the database put it into the stream (median; 99th percentile ${lagP99})`,
    );
    expect(DOCUMENT).toContain(`of which up to ${DEFAULTS.batchWindowSeconds} are`);
    expect(DOCUMENT).toContain(`(${PARAMS.dev?.batchWindowSeconds} in the stage dev)`);
  });

  it('is what it costs, by the prices of the dashboard where they have it', () => {
    const rows = readTable('what');
    const priceOf = (begin: string) => {
      const [, , usd, per] = rows.find(([what = '']) => what.startsWith(begin)) ?? [];
      return { usd: Number(usd), per: Number.parseInt(per ?? '', 10) };
    };

    for (const custom of ['publishing an event', 'delivery to a bus', 'a replay']) {
      expect(priceOf(custom), custom).toEqual(PRICES.busEvents);
    }
    expect(priceOf("the bus' archive")).toEqual(PRICES.busArchiveGigabytes);
  });

  it('names parameters that there are', () => {
    const named = [
      ...DOCUMENT.matchAll(/`((?:publish|drop|batch|bus)[A-Z]\w+|statementText|subscribers|eventSource)(?:=[^`]*)?`/g),
    ];

    expect(named.length).toBeGreaterThan(8);
    for (const [, name] of named) expect(PARAMETER_NAMES).toContain(name);
  });
});

describe('a rule', () => {
  it.each(READY_RULES)(
    '$name is one that EventBridge takes, and fits between the quotes of a shell',
    ({ text, pattern }) => {
      expect(validatePattern(pattern)).toEqual([]);
      expect(text).not.toContain("'");
    },
  );

  it.each(READY_RULES)('$name is the same in all three forms', ({ name, pattern }) => {
    const [serverless = '', resource = ''] = readBlocks('yaml', { rule: name });
    const [commands = ''] = readBlocks('sh', { rule: name });

    const [{ eventBridge }] = parseTemplate(serverless) as never as [{ eventBridge: { pattern: unknown } }];
    const [{ Properties: properties }] = Object.values(parseTemplate(resource)) as never as [
      { Properties: Record<string, unknown> },
    ];
    const [, written = ''] = /--event-pattern '([^']*)'/.exec(commands) ?? [];
    expect(eventBridge.pattern).toEqual(pattern);
    expect(properties.EventPattern).toEqual(pattern);
    expect(JSON.parse(written)).toEqual(pattern);
  });
});

describe('what it says of patterns', () => {
  const remoteHost = (...tests: readonly unknown[]) => ({ detail: { data: { remoteHost: tests } } });
  const elsewhere = remoteHost({ 'anything-but': { prefix: ['10.20.'] } });

  it('is so of blocks and single addresses', () => {
    expect(validatePattern(remoteHost({ cidr: '10.20.3.4/31' }, '10.20.3.4'))).toEqual([]);
    expect(validatePattern(remoteHost({ cidr: '10.20.3.4/32' }))).toHaveLength(1);
    expect(validatePattern(remoteHost({ 'anything-but': { cidr: '10.20.0.0/16' } }))).toHaveLength(1);
  });

  it.each([null, '', 'localhost', '2001:db8::1', '10.2.0.1'])('is so of a host %j, which is elsewhere', (host) => {
    expect(matchesPattern(elsewhere, { detail: { data: { remoteHost: host } } })).toBe(true);
  });

  it('is so of a field that is missing', () => {
    expect(matchesPattern(elsewhere, { detail: { data: {} } })).toBe(false);
  });
});

describe('its other commands', () => {
  it('publish an event as the function makes it, which the rule of the walk-through gets', () => {
    const origin = { resourceId: 'cluster-LOCALPOSTGRESQL', streamArn: STREAM };
    const sample = createEvent({ origin, activity: { objectType: null, objectName: null, rowCount: null } });
    const published = createActivityEntry(sample, null, createConfig());
    const { detailType, detail } = published;
    const entry = { EventBusName: 'das-router-dev', Source: 'das-router', DetailType: detailType };

    const entries: unknown = JSON.parse(readFileSync(join(ROOT, 'examples', 'events', 'ddl.json'), 'utf8'));

    expect(entries).toEqual([{ ...entry, Resources: [STREAM], Detail: detail }]);
    const arrived = asDelivered(published, createConfig());
    const ddl = READY_RULES.find(({ name }) => name === 'ddl-on-one-database');
    expect(matchesPattern(ddl?.pattern, arrived)).toBe(true);
  });

  it('ask Athena for columns that the view has', () => {
    const { TableInput: view } = propertiesOf(createResources(), 'AWS::Glue::Table', 'ActivityView');
    const [, selected = '', table, conditions = ''] =
      /"SELECT (\w+) FROM das_router_dev\.(\w+) WHERE (.*)"/.exec(DOCUMENT) ?? [];
    const columns = view.StorageDescriptor.Columns.map(({ Name }) => Name);

    expect(table).toBe(view.Name);
    for (const column of [selected, ...conditions.split(' AND ').map((each) => each.split(' = ')[0])]) {
      expect(columns).toContain(column);
    }
  });

  it('are given documents that are JSON', () => {
    const documents = [...DOCUMENT.matchAll(/--(?:assume-role-policy|policy)-document '([^']*)'/g)];

    expect(documents.length).toBe(4);
    for (const [, text = ''] of documents) expect(() => JSON.parse(text)).not.toThrow();
  });
});
