/** Why an object is left. Its message holds no content: it may be printed. */
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

const CODE = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;

/** The word for a failure: ours, an AWS error's name, a system error's code. Never a message: parsers quote their input. */
export function codeOf(cause: unknown): string {
  if (cause instanceof Failure) return cause.code;
  const { name, code } = (cause ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  for (const word of [name === 'Error' ? undefined : name, code, name]) {
    if (typeof word === 'string' && CODE.test(word)) return word;
  }
  return 'Unknown';
}
