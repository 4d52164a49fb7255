import { expect, it } from 'vitest';
import { drawPicture } from '../../../bench/picture.ts';
import { headline, renderTables } from '../../../bench/report.ts';
import type { Results } from '../../../bench/results.ts';
import { judge } from '../../../bench/targets.ts';
import { readDocument } from '../../support/documents.ts';

const results: Results = JSON.parse(readDocument('docs/performance.json'));

it('docs/performance.md has the tables of docs/performance.json', () => {
  expect(readDocument('docs/performance.md')).toContain(`\`\`\`text\n${renderTables(results)}\n\`\`\``);
});

it('docs/performance.svg shows docs/performance.json', () => {
  expect(readDocument('docs/performance.svg')).toBe(`${drawPicture(results)}\n`);
});

it('README names the figures of docs/performance.json', () => {
  const { dollars, dollarsOfBus, naiveDollars, eventsPerSecond, lagMedian, lagP99 } = headline(results);
  const readme = readDocument('README.md');

  for (const [row, ...figures] of [
    [
      'a million events',
      `cost ${dollars} USD`,
      `of which ${dollarsOfBus} is EventBridge's`,
      `cost ${naiveDollars} USD`,
    ],
    ['one vCPU', `${eventsPerSecond} events a second`],
    ['an event', `${lagMedian} seconds after`, `99th percentile ${lagP99}`],
  ]) {
    const line = new RegExp(`^\\| ${row} .*`, 'm').exec(readme)?.[0];
    for (const figure of figures) expect(line).toContain(figure);
  }
});

it('docs/performance.json is of a whole run, in which every count was as promised', () => {
  expect(results.records).toBeGreaterThanOrEqual(5_000);
  expect(results.rounds).toBeGreaterThanOrEqual(3);
  expect(judge(results).filter(({ exact, holds }) => exact && !holds)).toEqual([]);
});

it('docs/performance.md says of every target that does not hold why', () => {
  const [, section = ''] = /## What does not hold\n(.*?)\n## /s.exec(readDocument('docs/performance.md')) ?? [];

  const missed = judge(results).filter(({ holds }) => !holds);

  for (const { name } of missed) expect(section).toContain(name);
});
