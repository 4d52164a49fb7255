import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../local/package.ts';

export interface Measured {
  readonly response: unknown;
  /** Processor time of the invocation, in milliseconds. */
  readonly cpuMs: number;
  /** From its begin to its answer, in milliseconds. */
  readonly wallMs: number;
  /** The most that the process ever had, in bytes, as the kernel says. */
  readonly peakBytes: number;
  /** By how much V8's heap is larger than before: what was allocated, where nothing was collected. */
  readonly heapBytes: number;
  /** How often it called what count-work.mjs counts, if that was loaded. */
  readonly work: Readonly<Record<string, number>>;
}

/** What V8's profiler saw. https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

export type Request =
  | { readonly kind: 'run'; readonly event: unknown; readonly timeoutMs: number }
  | { readonly kind: 'sample' | 'start profile' | 'stop profile' };

export type MeasuredFunction = ReturnType<typeof startMeasuredFunction>;

/** How Lambda's runtime for Node.js starts V8, as its bootstrap script says. */
function heapOf(memoryMb: number): readonly string[] {
  const young = Math.floor(memoryMb / 10);
  return [`--max-semi-space-size=${Math.floor(young / 2)}`, `--max-old-space-size=${memoryMb - young}`];
}

/**
 * Starts a function in a process of its own, which ends when it takes more memory than it may; one request at a time.
 * `file` exports `handler`, and what makes of an event what it takes, outside of what is measured: `prepare`. `flags` are
 * Node's, in the place of those of Lambda's runtime.
 */
export function startMeasuredFunction(
  memoryMb: number,
  environment: Readonly<Record<string, string>>,
  { file = join(ROOT, 'dist', 'handler.cjs'), flags = heapOf(memoryMb) } = {},
) {
  const bytes = memoryMb * 1024 * 1024;
  const child = fork(join(import.meta.dirname, 'function-process.mjs'), [file, String(bytes)], {
    execArgv: ['--expose-gc', ...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...environment, POWERTOOLS_LOG_LEVEL: 'SILENT' },
  });
  let stopped = false;
  const died = once(child, 'exit').then(([status]) => {
    if (stopped) return new Promise<never>(() => undefined);
    throw new Error(
      status === 137 ? `The function took more than ${memoryMb} MB` : `The function ended with ${status}`,
    );
  });
  died.catch(() => undefined);

  async function ask<T>(request: Request): Promise<T> {
    child.send(request);
    const [answer] = await Promise.race([once(child, 'message'), died]);
    return answer as T;
  }

  return {
    run: (event: unknown, timeoutMs: number) => ask<Measured>({ kind: 'run', event, timeoutMs }),
    /** How many bytes are left after a garbage collection. */
    sample: () => ask<{ readonly liveBytes: number }>({ kind: 'sample' }),
    startProfile: () => ask<void>({ kind: 'start profile' }),
    stopProfile: () => ask<Profile>({ kind: 'stop profile' }),
    stop: () => {
      stopped = true;
      child.kill();
    },
  };
}
