import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ACCOUNT_ID } from '../../local/aws/index.ts';
import { PYTHON } from './python.ts';

/** Starts moto, the AWS emulator, as a server on loopback. */
export async function startMoto() {
  const child = spawn(PYTHON, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { ...process.env, MOTO_ACCOUNT_ID: ACCOUNT_ID, PYTHONWARNINGS: 'ignore' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    // Moto logs every request: the pipe is read to the end, or moto would wait for it.
    child.stderr.on('data', (text) => {
      output += text;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
    exit.then(() => reject(new Error(`Moto did not start:\n${output}`)));
  });
  return {
    url,
    async close() {
      child.kill();
      await exit;
    },
  };
}
