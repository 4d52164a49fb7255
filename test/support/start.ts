import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../../local/package.ts';

export type Started = ReturnType<typeof start>;

const started: ChildProcess[] = [];

/** Runs `npm start` in a process group of its own, as a shell does. */
export function start(...args: readonly string[]) {
  const child = spawn(process.execPath, ['local/start.ts', ...args], { cwd: ROOT, detached: true, stdio: 'pipe' });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    exit,
    output: () => output,
    /** Waits for a text in the output. */
    says: async (text: string) => {
      while (!output.includes(text)) {
        const ended = await Promise.race([exit.then(() => true), once(child.stdout, 'data').then(() => false)]);
        if (ended) throw new Error(`It ended without saying ${text}:\n${output}`);
      }
    },
  };
}

/** Ends whatever was started and still runs. */
export function killStarted(): void {
  for (const child of started.splice(0)) if (isRunning(child)) process.kill(-(child.pid as number), 'SIGKILL');
}

/** What has ended stays in the process table until init has seen it, which takes a moment on a busy machine. */
export const GONE = { timeout: 60_000, interval: 50 };

/** Whether any process of the group is left. */
export function isRunning({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-(pid as number), 0);
  } catch {
    return false;
  }
}
