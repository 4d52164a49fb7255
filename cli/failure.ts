import { codeOf as codeOfError } from '../src/errors.ts';

/** Why an object is left, or a command ends. Its message holds no content: it may be printed. */
export class Failure extends Error {
  override readonly name = 'Failure';
  /** A word of low cardinality. */
  readonly code: string;

  /** `advice` says what to do about it, where a person must. */
  constructor(code: string, advice = '') {
    super(advice);
    this.code = code;
  }
}

/** The word for a failure: ours, or what any other error is called. */
export function codeOf(cause: unknown): string {
  return cause instanceof Failure ? cause.code : codeOfError(cause);
}
