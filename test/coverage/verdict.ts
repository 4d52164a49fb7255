import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { CoverageMap } from '@vitest/istanbul-lib-coverage';
import Table from 'cli-table3';
import type { Reporter } from 'vitest/node';
import { ROOT } from '../../local/package.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { judge, type UnreachedLine } from './judge.ts';

/** Of a line, in characters. */
const MOST_SHOWN = 70;

/** Names the lines that no test reaches, and fails the run where there is one without an exception. */
export const coverageVerdict: Reporter = {
  onCoverage(coverage) {
    const map = coverage as CoverageMap;
    const all = map
      .files()
      .sort()
      .flatMap((file) => findUnreached(map, file));
    const { unreached, needless } = judge(all, EXCEPTIONS);
    const table = new Table({ head: ['Not reached', 'line', ''], style: { head: [], border: [] } });
    for (const { file, number, text } of unreached) table.push([file, number, text.slice(0, MOST_SHOWN)]);
    if (unreached.length > 0) process.stdout.write(`${table}\n`);
    for (const { file, line = 'the whole file', reason } of needless) {
      process.stdout.write(`An exception is no longer needed: ${file}, ${line}: ${reason}\n`);
    }
    const { total } = map.getCoverageSummary().lines;
    process.stdout.write(
      `${total - all.length} of ${total} lines in ${map.files().length} files are reached; ${unreached.length} of the others have no exception.\n`,
    );
    if (unreached.length + needless.length > 0) process.exitCode = 1;
  },
};

/** A line is reached where anything that begins on it has run, in whatever process. */
function findUnreached(map: CoverageMap, file: string): readonly UnreachedLine[] {
  const source = readFileSync(file, 'utf8').split('\n');
  return map
    .fileCoverageFor(file)
    .getUncoveredLines()
    .map((line) => ({
      file: relative(ROOT, file),
      number: Number(line),
      text: (source[Number(line) - 1] ?? '').trim(),
    }));
}
