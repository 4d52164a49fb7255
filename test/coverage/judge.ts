import type { Exception } from './exceptions.ts';

export interface UnreachedLine {
  /** From the root of the checkout. */
  readonly file: string;
  /** From 1. */
  readonly number: number;
  /** Without the space around it. */
  readonly text: string;
}

export interface Verdict {
  /** What no exception is made for. */
  readonly unreached: readonly UnreachedLine[];
  /** Exceptions that no unreached line needs any more. */
  readonly needless: readonly Exception[];
}

/** Compares what was not reached with what need not be. */
export function judge(unreached: readonly UnreachedLine[], exceptions: readonly Exception[]): Verdict {
  const isMeant = ({ file, line }: Exception, at: UnreachedLine) =>
    file === at.file && (line === undefined || line === at.text);
  return {
    unreached: unreached.filter((at) => !exceptions.some((exception) => isMeant(exception, at))),
    needless: exceptions.filter((exception) => !unreached.some((at) => isMeant(exception, at))),
  };
}
