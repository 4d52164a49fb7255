import { BEGINNINGS, HARMLESS_BEGINNINGS, namesProcedure, numbersProcedure } from './split-sqlserver.ts';
import { VERBS } from './verbs.ts';
import { isOneOf, QUERY_VERBS, type Span, type Words } from './words.ts';

/**
 * Words of Transact-SQL that no procedure and no argument without quotes can be.
 * https://learn.microsoft.com/en-us/sql/t-sql/language-elements/reserved-keywords-transact-sql
 */
const RESERVED = new Set([...BEGINNINGS, ...HARMLESS_BEGINNINGS, 'ELSE', 'END', 'FROM', 'INTO', 'WHERE', 'WITH']);

/** Statements that name anything, and its name may begin with sp_ too. */
const NAMING_VERBS = new Set([...QUERY_VERBS, 'WITH', 'CREATE', 'ALTER', 'DROP', 'GRANT']);

const FIRST_WORDS = new Set([...VERBS.sqlserver.keys()].map((phrase) => phrase.split(' ')[0]));

/** What stands behind EXECUTE where it is a privilege or a clause, or runs a text. */
const NO_PROCEDURES = ['(', ')', ',', ';', 'ANY', 'AS', 'ON', 'TO', undefined];

/** Where the arguments of the procedures that a statement of Transact-SQL calls stand. */
export function findArguments(words: Words, { start, end }: Span): readonly Span[] {
  const found: Span[] = [];
  let at = start;
  const named = !NAMING_VERBS.has(words[start] ?? '');
  if (isCall(words, start)) readCall(start);
  while (at < end) {
    if (isOneOf(words[at], 'EXEC', 'EXECUTE') && !NO_PROCEDURES.includes(words[at + 1])) readCall(at + 1);
    else if (named && namesProcedure(words, at)) readCall(at);
    else at++;
  }
  return found;

  function readCall(name: number): void {
    const from = endOfName(words, name);
    at = from;
    while (at < end && !endsCall(words, at)) at++;
    found.push({ start: from, end: at });
  }
}

// The first statement of a batch may call a procedure by its name alone.
function isCall(words: Words, start: number): boolean {
  const word = words[start] ?? '';
  // A name in double quotes counts as a string.
  if (word === '') return start === 0;
  return /^[\p{L}_#[.]/u.test(word) && !RESERVED.has(word) && !FIRST_WORDS.has(word);
}

/** Of `@result = master.dbo.p;1` the end. */
function endOfName(words: Words, start: number): number {
  let at = words[start + 1] === '=' ? start + 2 : start;
  while (words[at] === '.' || words[at + 1] === '.') at++;
  return numbersProcedure(words, at + 1) ? at + 3 : at + 1;
}

// Behind a comma and an equals sign stands an argument, whatever it is.
function endsCall(words: Words, at: number): boolean {
  return words[at] === ';' || (RESERVED.has(words[at] as string) && !isOneOf(words[at - 1], ',', '='));
}
