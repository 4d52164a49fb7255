import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { createCoverageMap } from '@vitest/istanbul-lib-coverage';
import { ROOT } from '../../local/package.ts';
import type { UnreachedLine } from './judge.ts';

export interface ReachedLines {
  readonly files: number;
  /** Those on which something begins that can be run. */
  readonly lines: number;
  readonly unreached: readonly UnreachedLine[];
}

/** Reads the report that Vitest wrote. A line is reached where anything that begins on it has run, in whatever process. */
export async function readReachedLines(report: string): Promise<ReachedLines> {
  const map = createCoverageMap(JSON.parse(await readFile(report, 'utf8')));
  const files = map.files().sort();
  const unreached = files.map(async (file) => {
    const source = (await readFile(file, 'utf8')).split('\n');
    return map
      .fileCoverageFor(file)
      .getUncoveredLines()
      .map((line) => ({
        file: relative(ROOT, file),
        number: Number(line),
        text: (source[Number(line) - 1] ?? '').trim(),
      }));
  });
  return {
    files: files.length,
    lines: map.getCoverageSummary().lines.total,
    unreached: (await Promise.all(unreached)).flat(),
  };
}
