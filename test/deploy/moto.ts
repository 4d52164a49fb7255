import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { PYTHON } from './python.ts';

/** Moto, the AWS emulator, as a server on loopback. */
export interface Moto {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startMoto(): Promise<Moto> {
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
