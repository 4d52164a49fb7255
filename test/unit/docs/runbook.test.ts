import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../local/package.ts';
import { QUARANTINE_REASONS } from '../../../src/activity.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';
import { collectTelemetry } from '../../support/telemetry.ts';

const RUNBOOK = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');
const ARTICLES = RUNBOOK.split(/^## /m).slice(1);

/** What a heading is called in a link. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}

const anchors = ARTICLES.map((article) => anchorOf(article.slice(0, article.indexOf('\n'))));

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

  it.each(ARTICLES)('says what it means, how to find out, and how to mend it: %#', (article) => {
    const parts = [...article.matchAll(/^\*\*(.*?)\*\*/gm)].map(([, part]) => part);

    expect(parts).toEqual(['What it means.', 'Find out.', 'Mend it.']);
  });

  it('links to articles that there are', () => {
    for (const [, anchor] of RUNBOOK.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  });

  it('explains every reason for a quarantine', () => {
    for (const reason of QUARANTINE_REASONS) expect(RUNBOOK).toContain(`\`${reason}\``);
  });

  it("searches the function's log for what stands in it, and shows fields that are there", () => {
    const { logLines } = collectTelemetry();
    const queries = [...RUNBOOK.matchAll(/```\n([^`]*?)```/g)].map(([, query = '']) => query);
    // What is searched for in `@message` is not the function's own.
    const searches = queries.flatMap((query) => {
      const [, text] = /(?<!@)message like \/([^/]+)\//.exec(query) ?? [];
      return text === undefined ? [] : [{ text, query }];
    });

    expect(searches.length).toBeGreaterThanOrEqual(2);
    for (const { text, query } of searches) {
      const line = logLines.find(({ message }) => message.includes(text));
      const [, shown = ''] = /(?:fields|by) (.*)/.exec(query) ?? [];
      const own = shown.split(', ').filter((field) => !field.startsWith('@'));
      expect(line, text).toBeDefined();
      expect(Object.keys(line ?? {})).toEqual(expect.arrayContaining(own));
    }
  });
});
