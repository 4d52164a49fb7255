import { describe, expect, it } from 'vitest';
import { QUARANTINE_REASONS } from '../../../src/activity.ts';
import { anchorOf, blocksOf, readDocument } from '../../support/documents.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';
import { collectTelemetry } from '../../support/telemetry.ts';

const RUNBOOK = readDocument('docs/runbook.md');
const BLOCKS = blocksOf(RUNBOOK);
const ARTICLES = RUNBOOK.split(/^## /m)
  .slice(1)
  .map((text) => ({ heading: text.slice(0, text.indexOf('\n')), text }));

describe('the runbook', () => {
  it('has an article for every alarm, linked to where it is read, and an alarm for every article', () => {
    const runbookUrl = 'https://git.example.com/das/docs/runbook.md';
    const alarms = resourcesOf(createResources({ runbookUrl }), 'AWS::CloudWatch::Alarm');

    const linked = alarms.map(({ Properties: { AlarmDescription: text } }) => String(text).split(' ').at(-1));

    const articles = ARTICLES.map(({ heading }) => `${runbookUrl}#${anchorOf(heading)}`);
    expect([...new Set(linked)].sort()).toEqual(articles.sort());
  });

  it.each(ARTICLES)(
    'describes, investigates with all its queries, and resolves, in this order: $heading',
    ({ text }) => {
      const [, investigation = ''] = /^\*\*Investigation\.\*\*(.*)^\*\*Resolution\.\*\*/ms.exec(text) ?? [];
      const queriesOf = (part: string) => blocksOf(part).filter(({ language }) => language !== 'sh').length;

      expect(text.match(/^\*\*.*?\*\*/gm)).toEqual(['**Description.**', '**Investigation.**', '**Resolution.**']);
      expect(queriesOf(investigation)).toBe(queriesOf(text));
    },
  );

  it('gives every block its language', () => {
    expect(new Set(BLOCKS.map(({ language }) => language))).toEqual(new Set(['logs-insights', 'sh', 'sql']));
  });

  it('explains every reason for a quarantine', () => {
    for (const reason of QUARANTINE_REASONS) expect(RUNBOOK).toContain(`\`${reason}\``);
  });
});

/** Of Lambda's own lines. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report */
const REPORTED = ['durationMs', 'billedDurationMs', 'memorySizeMB', 'maxMemoryUsedMB', 'initDurationMs'];
const OF_LAMBDA = ['type', 'record.status', ...REPORTED.map((name) => `record.metrics.${name}`)];
/** Of every line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
const OF_LOGS = ['@timestamp', '@message'];
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const COMMANDS = ['fields', 'filter', 'stats', 'sort', 'limit'];
const WORDS = ['by', 'as', 'and', 'or', 'in', 'like', 'asc', 'desc'];
const FUNCTIONS = ['avg', 'max', 'sum', 'count', 'count_distinct', 'earliest', 'latest', 'bin'];

describe("a query of the function's log", () => {
  const { logLines } = collectTelemetry();
  const queries = BLOCKS.filter(({ language }) => language === 'logs-insights');

  it('is in more than half of the articles', () => {
    expect(new Set(queries.map(({ heading }) => heading)).size).toBeGreaterThan(ARTICLES.length / 2);
  });

  it.each(queries)('is commands that search for log lines and name their fields: $heading', ({ text }) => {
    // What is searched for in `@message` is not the function's own.
    const [, message = ''] = /(?<!@)\bmessage like \/([^/]+)\//.exec(text) ?? [];
    const found = logLines.filter((line) => line.message.includes(message));
    const own = text.includes('platform.report') ? OF_LAMBDA : found.flatMap((line) => Object.keys(line));

    const code = text.replaceAll(/"[^"]*"|\/[^/\n]+\//g, '""');
    const aliases = code.match(/(?<=\bas )\w+/g) ?? [];
    const names = code.match(/(?<![\w.])@?[A-Za-z][\w.]*(?!\w|\()/g);
    const calls = code.match(/\w+(?=\()/g) ?? [];

    expect(found).not.toEqual([]);
    expect([...own, ...OF_LOGS, ...aliases, ...COMMANDS, ...WORDS]).toEqual(expect.arrayContaining(names ?? []));
    expect(FUNCTIONS).toEqual(expect.arrayContaining(calls));
    expect(`| ${text.trimEnd()}`).toMatch(new RegExp(`^(\\| (${COMMANDS.join('|')}) .*\n?)+$`));
  });
});
