/** What no test reaches, or none that is counted. */
export interface Exception {
  readonly file: string;
  /** The text of the line; missing for the whole file. */
  readonly line?: string;
  /** A sentence. */
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'examples/consumer/handler.ts',
    reason: 'It runs as the package that its own Serverless makes of it, in which nothing says which line is which.',
  },
];
