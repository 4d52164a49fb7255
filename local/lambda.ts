import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

export interface FunctionSettings {
  /** The built bundle. */
  readonly file: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Invocation {
  readonly event: unknown;
  readonly requestId: string;
  readonly timeoutMs: number;
}

/** Where Node writes which code has run; unlike a child process, a worker with an environment of its own is not told. */
const { NODE_V8_COVERAGE } = process.env;
const MEASURED = NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE };

/** Lambda ends an invocation's log with such a line. */
export const END_OF_LOG = 'END RequestId: ';

export type Answer = { readonly response: unknown } | { readonly error: string };

/** How an invocation ended, and the lines that it wrote to the log. */
export interface LoggedAnswer {
  readonly answer: Answer;
  readonly log: readonly string[];
}

export interface LambdaFunction {
  /** Runs one event. Rejects on a function error, a timeout or a crash. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** The same for those who want its log; never rejects. */
  readonly invokeWithLog: (event: unknown) => Promise<LoggedAnswer>;
  /** Everything that the function wrote to its log, line by line. */
  readonly log: readonly string[];
  /** How many execution environments were started. */
  readonly environments: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Runs a bundle as Lambda does: in execution environments with an environment of their own, each one event at a time,
 * reused when free, killed at the timeout.
 */
export function createFunction(settings: FunctionSettings): LambdaFunction {
  const log: string[] = [];
  const ended = new EventEmitter();
  const free: Worker[] = [];
  // Of the invocation that each environment runs.
  const ownLogs = new WeakMap<Worker, string[]>();
  const running = new Set<Worker>();
  let started = 0;

  function startEnvironment(): Worker {
    started++;
    const worker = new Worker(new URL('lambda-environment.ts', import.meta.url), {
      workerData: settings,
      env: { ...settings.environment, ...MEASURED, AWS_LAMBDA_FUNCTION_NAME: settings.functionName, TZ: 'UTC' },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: settings.memoryMb },
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (line.startsWith(END_OF_LOG)) {
          ended.emit(line);
        } else {
          log.push(line);
          ownLogs.get(worker)?.push(line);
        }
      });
    }
    running.add(worker);
    worker.once('exit', () => running.delete(worker));
    return worker;
  }

  async function run(event: unknown, ownLog: string[]): Promise<unknown> {
    const worker = free.pop() ?? startEnvironment();
    ownLogs.set(worker, ownLog);
    const timeoutMs = settings.timeoutSeconds * 1000;
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new Error(`Task timed out after ${settings.timeoutSeconds} seconds`)),
      timeoutMs,
    );
    try {
      const requestId = randomUUID();
      worker.postMessage({ event, requestId, timeoutMs } satisfies Invocation);
      const [[answer]] = (await Promise.all([
        once(worker, 'message', { signal: abort.signal }),
        // Its log is complete only then.
        once(ended, `${END_OF_LOG}${requestId}`, { signal: abort.signal }),
      ])) as [[Answer], unknown];
      free.push(worker);
      if ('error' in answer) throw new Error(answer.error);
      return answer.response;
    } catch (cause) {
      if (!free.includes(worker)) await worker.terminate();
      throw abort.signal.aborted ? abort.signal.reason : cause;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    log,
    environments: () => started,
    invoke: (event) => run(event, []),
    async invokeWithLog(event) {
      const ownLog: string[] = [];
      try {
        return { answer: { response: await run(event, ownLog) }, log: ownLog };
      } catch (cause) {
        return { answer: { error: String(cause) }, log: ownLog };
      }
    },
    async close() {
      await Promise.all([...running].map((worker) => worker.terminate()));
    },
  };
}
