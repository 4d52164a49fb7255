import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { compileFunction, constants } from 'node:vm';
import type FakeTimers from '@sinonjs/fake-timers';
import type { VirtualTime } from './virtual-time.ts';

export interface SimulatedFunction {
  /** Rejects on a function error, at the timeout and when its environment is killed. */
  readonly invoke: (event: unknown) => Promise<Invoked>;
  /** Kills the execution environment that calls under this access key id: its answer never comes. */
  readonly kill: (caller: string) => void;
  /** Whether calls under this access key id come from an environment that is gone. */
  readonly isDead: (caller: string) => boolean;
  /** What all environments wrote, line by line. */
  readonly log: readonly string[];
}

export interface Invoked {
  readonly response: unknown;
  /** The lines that it wrote. */
  readonly log: readonly string[];
}

interface Settings {
  /** The built bundle. */
  readonly file: string;
  /** Of the environment that calls under this access key id. */
  readonly environment: (caller: string) => Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** What `Math.random` gives in that environment: pauses between attempts hang on it. */
  readonly random: (caller: string) => number;
  /** Told of an environment that was killed: nobody holds its connections any more. */
  readonly onKilled?: (caller: string) => void;
}

interface Environment {
  readonly caller: string;
  readonly log: readonly string[];
  readonly handle: (event: unknown, context: unknown) => Promise<unknown>;
  /** Rejects when the environment is killed. */
  readonly killed: Promise<never>;
  readonly kill: (reason: string) => void;
}

/** What the bundle finds in the place of globals. */
const GLOBALS = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'Date',
  'Math',
  'process',
] as const;
type Globals = Readonly<Record<(typeof GLOBALS)[number], unknown>>;

type Instantiate = (
  module: { exports: unknown },
  exports: unknown,
  require: NodeJS.Require,
  ...globals: unknown[]
) => void;

const loaded = new Map<string, Instantiate>();

/**
 * Runs a bundle as Lambda does, on virtual time and in this thread, so that thousands of runs are affordable. An environment that is
 * killed stays silent: its timers never fire, and whoever serves its calls must refuse them.
 */
export function createSimulatedFunction(settings: Settings, time: VirtualTime): SimulatedFunction {
  const log: string[] = [];
  const free: Environment[] = [];
  const environments = new Map<string, Environment>();
  const dead = new Set<string>();

  function startEnvironment(): Environment {
    const caller = `environment-${environments.size + 1}`;
    const ownLog: string[] = [];
    const killed = Promise.withResolvers<never>();
    killed.promise.catch(() => undefined);
    const whileAlive = (work: () => void) => () => {
      if (!dead.has(caller)) work();
    };
    const { timers } = time;
    const output = new Writable({
      write(chunk, _encoding, done) {
        const lines = String(chunk).trimEnd().split('\n');
        if (!dead.has(caller)) for (const lineLog of [log, ownLog]) lineLog.push(...lines);
        done();
      },
    });
    type Callback = (...parameters: unknown[]) => void;
    const globals: Globals = {
      setTimeout: (work: Callback, ms: number, ...rest: unknown[]) =>
        timers.setTimeout(
          whileAlive(() => work(...rest)),
          ms,
        ),
      clearTimeout: clear(timers.clearTimeout),
      setInterval: (work: Callback, ms: number, ...rest: unknown[]) =>
        timers.setInterval(
          whileAlive(() => work(...rest)),
          ms,
        ),
      clearInterval: clear(timers.clearInterval),
      setImmediate: (work: Callback, ...rest: unknown[]) => {
        const end = time.begin();
        return setImmediate(() => {
          end();
          whileAlive(() => work(...rest))();
        });
      },
      Date: timers.Date,
      Math: Object.create(Math, { random: { value: () => settings.random(caller) } }),
      process: Object.create(process, {
        env: { value: { ...settings.environment(caller) } },
        stdout: { value: output },
        stderr: { value: output },
      }),
    };
    const environment: Environment = {
      caller,
      log: ownLog,
      handle: load(settings.file, globals),
      killed: killed.promise,
      kill: (reason) => {
        dead.add(caller);
        settings.onKilled?.(caller);
        killed.reject(new Error(reason));
      },
    };
    environments.set(caller, environment);
    return environment;
  }

  function takeFree(): Environment | undefined {
    for (;;) {
      const environment = free.pop();
      if (environment === undefined || !dead.has(environment.caller)) return environment;
    }
  }

  return {
    log,
    isDead: (caller) => dead.has(caller),
    kill: (caller) => environments.get(caller)?.kill('Runtime exited with error: signal: killed'),
    async invoke(event) {
      const environment = takeFree() ?? startEnvironment();
      const deadline = time.clock.now() + settings.timeoutMs;
      const timer = time.timers.setTimeout(() => environment.kill('Task timed out'), settings.timeoutMs);
      const context = {
        awsRequestId: `${environment.caller}-request`,
        functionName: 'das-router',
        functionVersion: '$LATEST',
        invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:das-router',
        memoryLimitInMB: '1024',
        getRemainingTimeInMillis: () => deadline - time.clock.now(),
      };
      try {
        const written = environment.log.length;
        const handled = environment.handle(copy(event), context).then(copy);
        const response = await Promise.race([handled, environment.killed]);
        return { response, log: environment.log.slice(written) };
      } finally {
        time.timers.clearTimeout(timer);
        if (!dead.has(environment.caller)) free.push(environment);
      }
    },
  };
}

/** Compiled once as a function of its globals; each environment has a module state of its own. */
function load(file: string, globals: Globals): Environment['handle'] {
  const real = createRequire(file);
  const instantiate = loaded.get(file) ?? compile(file);
  loaded.set(file, instantiate);
  const replaced: Readonly<Record<string, unknown>> = { process: globals.process, timers: globals };
  const require = ((name: string) => replaced[name.replace(/^node:/, '')] ?? real(name)) as NodeJS.Require;
  const module = { exports: {} as { handler?: Environment['handle'] } };
  instantiate.call(module.exports, module, module.exports, require, ...GLOBALS.map((name) => globals[name]));
  if (module.exports.handler === undefined) throw new Error(`${file} exports no handler`);
  return module.exports.handler;
}

function compile(file: string): Instantiate {
  return compileFunction(readFileSync(file, 'utf8'), ['module', 'exports', 'require', ...GLOBALS], {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as unknown as Instantiate;
}

/** The SDK clears timers that it never set. */
function clear(clearTimer: (timer: FakeTimers.TimerId) => void) {
  return (timer: unknown) => {
    if (typeof timer === 'object' && timer !== null) clearTimer(timer as FakeTimers.TimerId);
  };
}

/** What goes to a function and comes from it is JSON. */
function copy(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
