import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { ROOT } from '../../local/package.ts';

const run = promisify(execFile);

/** A virtual environment of its own: nothing of the machine's Python is changed. */
const FOLDER = join(ROOT, '.moto');
const PYTHON = join(FOLDER, 'bin', 'python');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Moto, the AWS emulator, as a server on loopback. */
export interface Moto {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Installs moto where it is not yet, and starts it. */
export async function startMoto(): Promise<Moto> {
  await install();
  const child = spawn(PYTHON, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { ...process.env, MOTO_ACCOUNT_ID: ACCOUNT_ID, PYTHONWARNINGS: 'ignore' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await readUrl(child);
  // What it logs from now on is read, or the pipe would fill and moto wait.
  child.stderr.resume();
  return {
    url,
    async close() {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}

async function install(): Promise<void> {
  try {
    await run('python3', ['-m', 'venv', FOLDER]);
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  } catch (cause) {
    throw new Error('The test needs Python 3 with venv (Debian: python3-venv), to install moto from PyPI', { cause });
  }
}

async function readUrl(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('The server has no error output to read its port from');
  const said: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url !== undefined) return url;
    said.push(line);
  }
  throw new Error(`Moto did not start:\n${said.join('\n')}`);
}
