import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drawPicture } from '../../../bench/picture.ts';
import { headline, renderTables } from '../../../bench/report.ts';
import type { Results } from '../../../bench/results.ts';
import { judge } from '../../../bench/targets.ts';
import { ROOT } from '../../../local/package.ts';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const results: Results = JSON.parse(read('docs/performance.json'));

it('docs/performance.md has the tables of docs/performance.json', () => {
  expect(read('docs/performance.md')).toContain(`\`\`\`text\n${renderTables(results)}\n\`\`\``);
});

it('docs/performance.svg shows docs/performance.json', () => {
  expect(read('docs/performance.svg')).toBe(`${drawPicture(results)}\n`);
});

it('README names the figures of docs/performance.json', () => {
  const figures = headline(results);

  const [million = '', cpu = '', lag = ''] = read('README.md')
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
  const [, section = ''] = /## What does not hold\n(.*?)\n## /s.exec(read('docs/performance.md')) ?? [];

  const missed = judge(results).filter(({ holds }) => !holds);

  for (const { name } of missed) expect(section).toContain(name);
});
