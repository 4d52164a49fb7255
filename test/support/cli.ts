import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { clientEnvironment } from '../../local/aws/index.ts';
import { ROOT } from '../../local/package.ts';

/** Who runs the command line: its access key id. */
export const OPERATOR = 'operator';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on until it is ended. */
export interface RunningCli {
  /** Waits until so many lines are printed; answers all that are. Fails where the command ends before. */
  readonly lines: (least: number) => Promise<readonly string[]>;
  /** The same for stderr. */
  readonly complaints: (least: number) => Promise<readonly string[]>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

/** Runs the built command line against a local endpoint, its output in pipes. */
export async function runCli(endpointUrl: string, ...args: readonly string[]): Promise<Ended> {
  return startCli(endpointUrl, args).ended;
}

interface Given {
  readonly stdin?: Uint8Array;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Starts it, to be ended. */
export function startCli(
  endpointUrl: string,
  args: readonly string[],
  { stdin = new Uint8Array(), environment = {} }: Given = {},
): RunningCli {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], {
    env: { ...clientEnvironment(endpointUrl, OPERATOR), ...environment },
  });
  // A command that does not read it may have ended before.
  child.stdin.on('error', () => undefined).end(stdin);
  const [stdout, stderr] = [collect(child.stdout, child), collect(child.stderr, child)];
  const ended = once(child, 'close').then(
    ([status]): Ended => ({ status, stdout: stdout.text(), stderr: stderr.text() }),
  );
  return { lines: stdout.lines, complaints: stderr.lines, kill: (signal) => child.kill(signal), ended };
}

function collect(stream: Readable, child: ChildProcess) {
  let text = '';
  let changed = Promise.withResolvers<void>();
  const announce = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  child.on('close', announce);
  stream.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    announce();
  });
  return {
    text: () => text,
    async lines(least: number): Promise<readonly string[]> {
      for (;;) {
        const lines = text.split('\n').slice(0, -1);
        if (lines.length >= least) return lines;
        if (child.exitCode !== null) throw new Error(`It has ended with ${child.exitCode}: ${text}`);
        await changed.promise;
      }
    },
  };
}
