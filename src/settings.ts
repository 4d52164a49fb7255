/** Reads a setting's text, or throws an `Error` whose message says what it may hold. */
export type Reader<T> = (text: string) => T;

/** One setting: its name, the text that holds where nobody gives one (null where somebody must), and how it is read. */
export interface Setting<T> {
  readonly name: string;
  readonly fallback: string | null;
  readonly read: Reader<T>;
}

export type Settings<T> = { readonly [Key in keyof T]: Setting<T[Key]> };

/**
 * Reads every setting out of the texts that are given by name. Each problem names a bad setting, what it holds and what it
 * may hold; the values count only where there is none.
 */
export function readSettings<T>(
  settings: Settings<T>,
  given: Readonly<Record<string, string | undefined>>,
): { readonly values: T; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const values = Object.entries<Setting<unknown>>(settings).map(([key, { name, fallback, read }]) => {
    const text = given[name];
    try {
      return [key, read(text ?? fallback ?? '')];
    } catch (problem) {
      const held = text === undefined ? 'is not set' : `is ${shorten(JSON.stringify(text))}`;
      problems.push(`${name} ${held}: ${(problem as Error).message}`);
      return [key, undefined];
    }
  });
  return { values: Object.fromEntries(values), problems };
}

/** Throws ONE error with all problems, where there are any. */
export function refuse(title: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${title}\n- ${problems.join('\n- ')}`);
}

export function matching(pattern: RegExp, expected: string): Reader<string> {
  return (text) => {
    if (!pattern.test(text)) throw new Error(expected);
    return text;
  };
}

export function oneOf<const Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new Error(`it may hold ${words.join(', ')}`);
    return word;
  };
}

const readTrueOrFalse = oneOf('true', 'false');

export function trueOrFalse(text: string): boolean {
  return readTrueOrFalse(text) === 'true';
}

export function wholeNumber(least: number, most: number): Reader<number> {
  return (text) => {
    const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= least && number <= most)) throw new Error(`it may hold a whole number from ${least} to ${most}`);
    return number;
  };
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
