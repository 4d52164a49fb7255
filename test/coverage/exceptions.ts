/** What no test reaches, or none that is counted. */
export interface Exception {
  readonly file: string;
  /** The text of the line; missing for the whole file. */
  readonly line?: string;
  /** A sentence. */
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [];
