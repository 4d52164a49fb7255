import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { CoverageMap } from '@vitest/istanbul-lib-coverage';
import Table from 'cli-table3';
import type { Reporter } from 'vitest/node';
import { ROOT } from '../../local/package.ts';

/** Of a line, in characters. */
const MOST_SHOWN = 70;

/** Names the lines that no test reaches, and fails the run where there is one. */
export const coverageVerdict: Reporter = {
  onCoverage(coverage) {
    const map = coverage as CoverageMap;
    const files = map.files().sort();
    const table = new Table({ head: ['Not reached', 'line', ''], style: { head: [], border: [] } });
    for (const file of files) table.push(...findUnreached(map, file));
    if (table.length > 0) {
      process.stdout.write(`${table}\n`);
      process.exitCode = 1;
    }
    const { total } = map.getCoverageSummary().lines;
    process.stdout.write(`${total - table.length} of ${total} lines in ${files.length} files are reached.\n`);
  },
};

/** A line is reached where anything that begins on it has run, in whatever process. */
function findUnreached(map: CoverageMap, file: string): string[][] {
  const source = readFileSync(file, 'utf8').split('\n');
  const lines = map.fileCoverageFor(file).getUncoveredLines();
  return lines.map((line) => [
    relative(ROOT, file),
    line,
    (source[Number(line) - 1] ?? '').trim().slice(0, MOST_SHOWN),
  ]);
}
