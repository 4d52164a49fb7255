/** Whether one leaf of an event (a string, a number, a boolean or null) is what the pattern asks for. */
export type ValueTest = (value: unknown) => boolean;

/**
 * What `{"exists": false}` compiles to: no value passes.
 * The matcher recognises this very function and lets the field be absent instead.
 */
export const mustBeAbsent: ValueTest = () => false;

export const isPresent: ValueTest = () => true;

/** The text as event-ruler compares it, in UTF-8: half of a surrogate pair becomes a question mark there. */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.replace(/\p{Cs}/gu, '?'));

export const equalTo =
  (literal: unknown): ValueTest =>
  (value) =>
    value === literal;

export const startsWith =
  (prefix: string): ValueTest =>
  (value) =>
    typeof value === 'string' && value.startsWith(prefix);

export const endsWith =
  (suffix: string): ValueTest =>
  (value) =>
    typeof value === 'string' && value.endsWith(suffix);

export const not =
  (test: ValueTest): ValueTest =>
  (value) =>
    !test(value);

export const ifString =
  (test: ValueTest): ValueTest =>
  (value) =>
    typeof value === 'string' && test(value);

export const anyOf = (tests: readonly ValueTest[]): ValueTest => {
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (value) => {
    for (const test of tests) if (test(value)) return true;
    return false;
  };
};
