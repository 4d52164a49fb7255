import type { Readable, Writable } from 'node:stream';

/** What a command uses of the process that it runs in: `process` itself, or the streams and signals of a test. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Calls the listener at the first such signal. */
  readonly once: (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => unknown;
}

/** Sets the exit status of the command. */
export type Exit = (status: number) => void;
