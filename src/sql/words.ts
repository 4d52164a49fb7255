import type { Token } from './tokens.ts';

/**
 * What the rules read: for each token its text, keywords in upper case. No keyword equals a quoted name, which keeps its
 * quotes, or a string, of which nothing is kept.
 */
export type Words = readonly string[];

/** Where a statement's words stand among those of its text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function readWords(text: string, tokens: readonly Token[]): Words {
  return tokens.map(({ kind, start, end }) => {
    if (kind === 'string') return '';
    const word = text.slice(start, end);
    return kind === 'identifier' ? word : word.toUpperCase();
  });
}

/** Verbs of statements that change rows. */
export const CHANGING_VERBS: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Verbs of statements that name tables and columns. */
export const QUERY_VERBS: ReadonlySet<string> = new Set(['SELECT', ...CHANGING_VERBS]);

export function isOneOf(word: string | undefined, ...words: readonly string[]): boolean {
  return word !== undefined && words.includes(word);
}

/** How a word changes the number of open parentheses. */
export function nesting(word: string): number {
  return word === '(' ? 1 : word === ')' ? -1 : 0;
}

/** The words that stand in no parentheses. */
export function outermost(words: Words): Words {
  let depth = 0;
  return words.filter((word) => {
    depth += nesting(word);
    return depth <= 0;
  });
}
