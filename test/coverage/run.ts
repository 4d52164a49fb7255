// Says which lines no test reaches, and fails where there are any that are no exception.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { ROOT } from '../../local/package.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { judge } from './judge.ts';
import { readReachedLines } from './reached-lines.ts';

/** What Vitest writes, and what Node writes for it. */
const FOLDER = join(ROOT, 'coverage');
/** Of a line, in characters. */
const MOST_SHOWN = 70;

// Vitest hears of Ctrl-C too, and ends: then it is time to clean up.
process.on('SIGINT', () => undefined);
try {
  // Whoever is measured builds what can be read back to its sources; so do the tests that package.
  await run(['build.ts'], { NODE_V8_COVERAGE: FOLDER });
  await run(['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.coverage.config.ts', '--coverage']);
  await report();
} catch (cause) {
  process.stderr.write(`${(cause as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await rm(FOLDER, { recursive: true, force: true });
  await run(['build.ts']);
}

async function report(): Promise<void> {
  const { files, lines, unreached: all } = await readReachedLines(join(FOLDER, 'coverage-final.json'));
  const { unreached, needless } = judge(all, EXCEPTIONS);
  const table = new Table({ head: ['Not reached', 'line', ''], style: { head: [], border: [] } });
  for (const { file, number, text } of unreached) table.push([file, number, text.slice(0, MOST_SHOWN)]);
  if (unreached.length > 0) process.stdout.write(`${table}\n`);
  for (const { file, line = 'the whole file', reason } of needless) {
    process.stdout.write(`An exception is needed no more: ${file}, ${line}: ${reason}\n`);
  }
  process.stdout.write(
    `${lines - all.length} of ${lines} lines in ${files} files are reached; ${unreached.length} of the others are no exception.\n`,
  );
  process.exitCode = unreached.length + needless.length === 0 ? 0 : 1;
}

/** Runs a program of Node's. Throws where it fails. */
async function run(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const options = { cwd: ROOT, env: { ...process.env, ...environment }, stdio: 'inherit' } as const;
  const [status] = await once(spawn(process.execPath, command, options), 'close');
  if (status !== 0) throw new Error(`${command[0]} ended with ${status}`);
}
