import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import FakeTimers from '@sinonjs/fake-timers';
import { onTestFinished } from 'vitest';
import { main } from '../../cli/main.ts';
import type { Intercept } from '../../local/aws/endpoint.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import { ROOT } from '../../local/package.ts';
import { requestsInFlight } from '../simulation/virtual-time.ts';

/** Who runs the command line: its access key id. */
export const OPERATOR = 'operator';

/** The built command line, for what only a process of its own can show. */
export const PROGRAM = join(ROOT, 'dist', 'cli.js');

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Given {
  readonly stdin?: string | Uint8Array;
  readonly environment?: Environment;
  /** In epoch milliseconds; without it, it is the real time. */
  readonly now?: number | undefined;
}

/** Runs a command against a local endpoint to its end. */
export function runCli(endpointUrl: string, args: readonly string[], given: Given = {}): Promise<Ended> {
  return startCli(endpointUrl, args, given).ended();
}

/**
 * Starts a command in this process, which ends with the test at the latest. Its timers go by virtual time, which passes only
 * while a test waits for the command.
 */
export function startCli(endpointUrl: string, args: readonly string[], given: Given = {}) {
  const leave = enter({ ...clientEnvironment(endpointUrl, OPERATOR), ...given.environment }, given.now);
  const printed = { stdout: '', stderr: '' };
  const collect = (name: keyof typeof printed) =>
    new Writable({
      write(chunk, _encoding, done) {
        printed[name] += chunk;
        done();
      },
    });
  const streams = { stdin: Readable.from([given.stdin ?? '']), stdout: collect('stdout'), stderr: collect('stderr') };
  const terminal = Object.assign(new EventEmitter(), streams);
  let status: number | null = null;
  const left = main(args, terminal)
    .then((code) => {
      status = code;
    })
    .finally(leave);

  /** Waits until so many lines are printed; fails where the command ends before. */
  async function lines(least: number): Promise<void> {
    const areThere = () => printed.stdout.split('\n').length > least;
    await passTime(() => status !== null || areThere());
    if (!areThere()) throw new Error(`The command ended with ${status}: ${printed.stdout}${printed.stderr}`);
  }

  async function ended(): Promise<Ended> {
    await passTime(() => status !== null);
    await left;
    return { status, ...printed };
  }

  /** Ends the command as Ctrl-C does, or another signal. */
  function interrupt(signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<Ended> {
    terminal.emit(signal);
    return ended();
  }

  onTestFinished(async () => {
    await interrupt();
  });
  return { lines, ended, interrupt };
}

/** Has S3 list no more than so many keys at once: it may list fewer than a client asks for. */
export function listInPages(most: number): Intercept {
  return ({ service, operation }, request) => {
    if (service === 's3' && operation === 'GET bucket') request.url += `&max-keys=${most}`;
    return false;
  };
}

/** Environment and timers of this process while commands run: all commands at a time have the same. */
let shared: ReturnType<typeof share> | null = null;
let commands = 0;

/** Begins a command; returns how to end it. */
function enter(environment: Environment, now?: number): () => void {
  shared ??= share(environment, now);
  if (!isDeepStrictEqual(shared.environment, environment)) throw new Error('Another command has another environment');
  commands++;
  return () => {
    if (--commands > 0) return;
    shared?.restore();
    shared = null;
  };
}

function share(environment: Environment, now?: number) {
  const timers = FakeTimers.install({
    now: now ?? 0,
    toFake: ['setTimeout', 'clearTimeout', ...(now === undefined ? [] : (['Date'] as const))],
    shouldClearNativeTimers: true,
  });
  const { env } = process;
  process.env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  // Only then does `import { setTimeout } from 'node:timers/promises'` have the virtual one.
  syncBuiltinESMExports();
  const restore = () => {
    timers.uninstall();
    syncBuiltinESMExports();
    process.env = env;
  };
  return { timers, environment, restore };
}

/** After so many turns of the event loop without a request, nothing but time is waited for. */
const TURNS_OF_REST = 20;

/** Waits for a condition. The virtual time of commands passes whenever no request is under way. */
export async function passTime(isMet: () => boolean): Promise<void> {
  for (let turns = 0; !isMet(); turns = requestsInFlight.size > 0 ? 0 : turns + 1) {
    if (turns >= TURNS_OF_REST && shared !== null && shared.timers.countTimers() > 0) {
      shared.timers.next();
      turns = 0;
    }
    await nextTurn();
  }
}
