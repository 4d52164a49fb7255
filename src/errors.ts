import type { QuarantineReason } from './activity.ts';

/** The stages of the flow, in their order. */
export type Stage =
  | 'decode'
  | 'data-key'
  | 'decrypt'
  | 'decompress'
  | 'parse'
  | 'classify'
  | 'quarantine'
  | 'archive'
  | 'publish';

/** Says where the work on a record failed. Its message holds no content: it may be logged. */
export class StageError extends Error {
  override readonly name = 'StageError';
  readonly stage: Stage;
  /** Why the record can never succeed; null where a later delivery may. */
  readonly reason: QuarantineReason | null;
  /** A word of low cardinality for logs: an AWS error's name, a system error's code. */
  readonly code: string;

  constructor(stage: Stage, reason: QuarantineReason | null, code: string) {
    super(`${stage} failed: ${code}`);
    this.stage = stage;
    this.reason = reason;
    this.code = code;
  }

  /** Whether a later delivery of the record may succeed. */
  get retryable(): boolean {
    return this.reason === null;
  }
}

/** The record itself is at fault: no delivery of it can ever succeed. */
export type PoisonError = StageError & { readonly reason: QuarantineReason };

export function poison(stage: Stage, reason: QuarantineReason, code: string): PoisonError {
  return new StageError(stage, reason, code) as PoisonError;
}

export function isPoison(error: StageError): error is PoisonError {
  return !error.retryable;
}

/** Keeps what a leaf said; anything else is not proven to be the record's fault, so the record is delivered again. */
export function toStageError(stage: Stage, cause: unknown): StageError {
  return cause instanceof StageError ? cause : new StageError(stage, null, codeOf(cause));
}

const CODE = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;

/** A word for what went wrong: an AWS error's name, a system error's code. Never the message: parsers quote their input in it. */
export function codeOf(cause: unknown): string {
  const { name, code } = (cause ?? {}) as { name?: unknown; code?: unknown };
  for (const word of [name === 'Error' ? undefined : name, code, name]) {
    if (typeof word === 'string' && CODE.test(word)) return word;
  }
  return 'Unknown';
}
