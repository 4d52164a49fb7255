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
  const figures = headline(results);

  const [million = '', cpu = '', lag = ''] = readDocument('README.md')
    .split('\n')
    .filter((line) => /^\| (a million events|one vCPU|an event) /.test(line));

  expect(million).toContain(`cost ${figures.dollars} USD`);
  expect(million).toContain(`of which ${figures.dollarsOfBus} is EventBridge's`);
  expect(million).toContain(`cost ${figures.naiveDollars} USD`);
  expect(cpu).toContain(`${figures.eventsPerSecond} events a second`);
  expect(lag).toContain(`${figures.lagMedian} seconds after`);
  expect(lag).toContain(`99th percentile ${figures.lagP99}`);
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
