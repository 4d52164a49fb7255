import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../local/package.ts';

const run = promisify(execFile);

/** A virtual environment of its own: nothing of the machine's Python is changed. */
const FOLDER = join(ROOT, '.python');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** What is installed: a copy of the requirements, written when all of them are. */
const INSTALLED = join(FOLDER, 'requirements.txt');

/** Holds `python` and `aws`. */
export const PYTHON_BIN = join(FOLDER, 'bin');
export const PYTHON = join(PYTHON_BIN, 'python');

/** Installs moto and the AWS CLI, unless these versions are installed. */
export async function installPython(): Promise<void> {
  const installed = await readFile(INSTALLED, 'utf8').catch(() => null);
  if (installed === (await readFile(REQUIREMENTS, 'utf8'))) return;
  // Debian: python3-venv.
  await run('python3', ['-m', 'venv', '--clear', FOLDER]);
  await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  await copyFile(REQUIREMENTS, INSTALLED);
}
