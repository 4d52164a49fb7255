import type { Readable, Writable } from 'node:stream';

/** The streams and signals that a command uses: those of `process`, or of a test. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Calls the listener at the first such signal. */
  readonly once: (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => unknown;
}

/** Sets the exit status of the command. */
export type Exit = (status: number) => void;
