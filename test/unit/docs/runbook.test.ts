import { describe, expect, it } from 'vitest';
import { QUARANTINE_REASONS } from '../../../src/activity.ts';
import { anchorOf, blocksOf, readDocument } from '../../support/documents.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';
import { collectTelemetry } from '../../support/telemetry.ts';

const RUNBOOK = readDocument('docs/runbook.md');
const ARTICLES = RUNBOOK.split(/^## /m)
  .slice(1)
  .map((text) => ({ heading: text.slice(0, text.indexOf('\n')), text }));

const anchors = ARTICLES.map(({ heading }) => anchorOf(heading));

describe('the runbook', () => {
  it('has an article for every alarm, and an alarm for every article', () => {
    const alarms = resourcesOf(createResources(), 'AWS::CloudWatch::Alarm');

    const linked = alarms.map(({ Properties: { AlarmDescription: text } }) => /#(\S+)$/.exec(String(text))?.[1]);

    expect([...new Set(linked)].sort()).toEqual([...anchors].sort());
  });

  it('is linked to where it is read', () => {
    const { NoHeartbeatAlarm: alarm } = createResources({ runbookUrl: 'https://git.example.com/das/docs/runbook.md' });

    expect(alarm?.Properties.AlarmDescription).toMatch(
      / https:\/\/git\.example\.com\/das\/docs\/runbook\.md#no-heartbeat$/,
    );
  });

  it.each(ARTICLES)('describes, investigates and resolves, in this order: $heading', ({ text }) => {
    const parts = [...text.matchAll(/^\*\*(.*?)\*\*/gm)].map(([, part]) => part);

    expect(parts).toEqual(['Description.', 'Investigation.', 'Resolution.']);
  });

  it('asks only while it investigates', () => {
    for (const { heading, text } of ARTICLES) {
      const [, investigation = ''] = /^\*\*Investigation\.\*\*(.*)^\*\*Resolution\.\*\*/ms.exec(text) ?? [];
      const queries = blocksOf(text).filter(({ language }) => language !== 'sh');

      expect(blocksOf(investigation).filter(({ language }) => language !== 'sh').length, heading).toBe(queries.length);
    }
  });

  it('says of every block what it is written in', () => {
    expect([...new Set(blocksOf(RUNBOOK).map(({ language }) => language))].sort()).toEqual([
      'logs-insights',
      'sh',
      'sql',
    ]);
  });

  it('explains every reason for a quarantine', () => {
    for (const reason of QUARANTINE_REASONS) expect(RUNBOOK).toContain(`\`${reason}\``);
  });
});

/** Of Lambda's own lines. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report */
const OF_LAMBDA = [
  'type',
  'record.status',
  'record.metrics.durationMs',
  'record.metrics.billedDurationMs',
  'record.metrics.memorySizeMB',
  'record.metrics.maxMemoryUsedMB',
  'record.metrics.initDurationMs',
];
/** Of every line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
const OF_LOGS = ['@timestamp', '@message'];
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const COMMANDS = ['fields', 'filter', 'stats', 'sort', 'limit'];
const WORDS = ['by', 'as', 'and', 'or', 'in', 'like', 'asc', 'desc'];
const FUNCTIONS = ['avg', 'max', 'sum', 'count', 'count_distinct', 'earliest', 'latest', 'bin'];

describe("a query of the function's log", () => {
  const { logLines } = collectTelemetry();
  const queries = blocksOf(RUNBOOK).filter(({ language }) => language === 'logs-insights');

  it('stands in more than half of the articles', () => {
    expect(new Set(queries.map(({ heading }) => heading)).size).toBeGreaterThan(ARTICLES.length / 2);
  });

  it.each(queries)(
    'searches for what the log says, and names fields of the lines that it finds: $heading',
    ({ text }) => {
      // What is searched for in `@message` is not the function's own.
      const [, message = ''] = /(?<!@)\bmessage like \/([^/]+)\//.exec(text) ?? [];
      const found = logLines.filter((line) => line.message.includes(message));
      const own = text.includes('platform.report') ? OF_LAMBDA : found.flatMap((line) => Object.keys(line));

      const code = text.replaceAll(/"[^"]*"|\/[^/\n]+\//g, '""');
      const aliases = [...code.matchAll(/\bas (\w+)/g)].map(([, alias = '']) => alias);
      const names = [...code.matchAll(/(?<![\w.])@?[A-Za-z][\w.]*(?!\w|\()/g)].map(([name]) => name);
      const calls = [...code.matchAll(/(\w+)\(/g)].map(([, name]) => name);

      expect(found).not.toEqual([]);
      expect([...own, ...OF_LOGS, ...aliases, ...COMMANDS, ...WORDS]).toEqual(expect.arrayContaining(names));
      expect(FUNCTIONS).toEqual(expect.arrayContaining(calls));
    },
  );

  it.each(queries)('is commands, one behind another: $heading', ({ text }) => {
    const [first = '', ...others] = text.trimEnd().split('\n');

    expect(COMMANDS).toContain(first.split(' ')[0]);
    for (const line of others) expect(line).toMatch(new RegExp(`^\\| (${COMMANDS.join('|')}) `));
  });
});
