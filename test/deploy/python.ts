import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../local/package.ts';

const run = promisify(execFile);

/** A virtual environment of its own: nothing of the machine's Python is changed. */
const FOLDER = join(ROOT, '.python');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

export const PYTHON = join(FOLDER, 'bin', 'python');

/** Where the AWS CLI lies, for `PATH`. */
export const AWS_CLI_FOLDER = join(FOLDER, 'bin');

/** Installs moto and the AWS CLI, where they are not yet: once, before the tests begin. */
export async function setup(): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', FOLDER]);
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  } catch (cause) {
    throw new Error('The test needs Python 3 with venv (Debian: python3-venv), to install moto from PyPI', { cause });
  }
}
