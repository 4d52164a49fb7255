import { findArguments } from './calls.ts';
import type { Dialect } from './dialects.ts';
import { split } from './split.ts';
import { isGlued, type Token } from './tokens.ts';
import { findObject } from './verbs.ts';
import { isOneOf, nesting, type Span, type Words } from './words.ts';

/** What has OPTIONS (…). */
const OBJECTS_WITH_OPTIONS = new Set(['FOREIGN DATA WRAPPER', 'FOREIGN TABLE', 'SERVER', 'USER MAPPING']);

/** Which tokens are strings without quotes, where a grammar wants none or a statement failed for want of them, by position. */
export function findBareStrings(list: readonly Token[], words: Words, dialect: Dialect): ReadonlySet<number> {
  const strings = new Set<number>();
  /** What the last CREATE or ALTER applies to. */
  let object = '';
  for (let at = 0; at < words.length; at++) {
    if (isOneOf(words[at], 'CREATE', 'ALTER')) object = findObject(words, at, dialect)?.phrase ?? object;
    else if (words[at] === 'OPTIONS' && words[at + 1] === '(' && isClause(at)) at = markOptions(at + 2);
    else if (holdsStrings(at)) at = markInParentheses(at + 2);
  }
  if (dialect === 'sqlserver') {
    for (const statement of split(words, dialect)) findArguments(words, statement).forEach(markArguments);
  }
  return strings;

  // A foreign table may have the name `options`.
  function isClause(at: number): boolean {
    return OBJECTS_WITH_OPTIONS.has(object) && !isOneOf(words[at - 1], '.', 'EXISTS', 'TABLE');
  }

  /** OPTIONS (user 'a', SET password 'b'): marks what stands behind each name, and answers where they end. */
  function markOptions(from: number): number {
    let name = from;
    let at = from;
    for (; at < words.length && words[at] !== ')'; at++) {
      if (words[at] === ',' || (at === name && isOneOf(words[at], 'ADD', 'DROP', 'SET'))) name = at + 1;
      else if (at > name) strings.add(at);
    }
    return at;
  }

  /** PostgreSQL's arguments of a trigger need no quotes; Oracle's parameters of a file have double ones. */
  function holdsStrings(at: number): boolean {
    if (dialect === 'postgresql') return words[at] === 'EXECUTE' && isOneOf(words[at + 1], 'FUNCTION', 'PROCEDURE');
    return dialect === 'oracle' && words[at] === 'ACCESS' && words[at + 1] === 'PARAMETERS';
  }

  /** Marks what stands in the next parentheses, and answers where they end. */
  function markInParentheses(from: number): number {
    let at = from;
    while (at < words.length && !isOneOf(words[at], '(', ';')) at++;
    let depth = 0;
    for (; at < words.length; at++) {
      depth += nesting(words[at] as string);
      if (depth === 0) break;
      const kind = list[at]?.kind;
      if (kind === 'identifier' || (kind === 'word' && dialect === 'postgresql')) strings.add(at);
    }
    return at;
  }

  /** A procedure's arguments need no quotes. */
  function markArguments({ start, end }: Span): void {
    for (let at = start; at < end; at++) {
      const kind = list[at]?.kind;
      if (kind === 'identifier' || (kind === 'word' && !isNoArgument(at, start))) strings.add(at);
    }
  }

  function isNoArgument(at: number, first: number): boolean {
    const word = words[at] as string;
    const begins = at === first || isOneOf(words[at - 1], ',', '=');
    if (isOneOf(word, 'OUT', 'OUTPUT')) return !begins;
    return word.startsWith('@') || isOneOf(word, 'DEFAULT', 'NULL') || (word === 'N' && isGlued(list, at + 1));
  }
}
