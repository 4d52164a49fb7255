import type { Dialect } from './dialects.ts';
import { BEGINNINGS, isOneOf, type Words } from './split.ts';
import type { Token } from './tokens.ts';

/** What may stand between the clause that wants a password and the password. */
const OPENINGS = new Set(['=', '(', 'PASSWORD', 'VALUES']);

/** What ends a password that has no quotes. */
const DELIMITERS = new Set([',', ';', ')']);

/** What may stand in a password's place and is none. */
const NO_PASSWORDS = new Set([
  ...DELIMITERS,
  'EXPIRE',
  'FILE',
  'FOR',
  'FROM',
  'HISTORY',
  'IDENTIFIED',
  'NULL',
  'OPTIONAL',
  'REQUIRE',
  'REUSE',
  'TO',
]);

/** What may stand in an argument's place and is none. */
const NO_ARGUMENTS = new Set([
  'AS',
  'AT',
  'DEFAULT',
  'LOGIN',
  'N',
  'NULL',
  'OUT',
  'OUTPUT',
  'RECOMPILE',
  'USER',
  'WITH',
]);

/** Statements in which PASSWORD is a clause, not the name of a column. */
const ACCOUNT_VERBS = new Set(['CREATE', 'ALTER', 'SET', 'GRANT', 'START', 'ADMINISTER']);

/**
 * Which tokens are passwords without quotes, or parts of one, by their positions. The grammars want most passwords in
 * quotes, but not Oracle's, nor SQL Server's those of a procedure; and a statement that failed for want of quotes is
 * recorded too.
 */
export function findPasswords(list: readonly Token[], words: Words, dialect: Dialect): ReadonlySet<number> {
  const passwords = new Set<number>();
  let verb = '';
  let identified = false;
  let setsPassword = false;
  let setsOwnParameter = false;

  for (let at = 0; at < list.length; at++) {
    const word = words[at] as string;
    if (word === ';') {
      verb = '';
      [identified, setsPassword, setsOwnParameter] = [false, false, false];
    } else if (verb === '') verb = word;
    if (word === 'IDENTIFIED') identified = ACCOUNT_VERBS.has(verb);
    if (word === 'PASSWORD' && verb === 'SET' && words[at - 1] === 'SET') setsPassword = true;
    // PostgreSQL's SET app.token TO abc needs no quotes.
    if (word === '.' && verb === 'SET' && dialect === 'postgresql') setsOwnParameter = true;
    if (wantsPassword(word, at)) at = markPasswords(at + 1) - 1;
    else if (dialect === 'sqlserver' && isOneOf(word, 'EXEC', 'EXECUTE')) at = markArguments(at + 1) - 1;
  }
  return passwords;

  function wantsPassword(word: string, at: number): boolean {
    const before = words[at - 1] ?? '';
    switch (word) {
      case 'BY':
        return before === 'IDENTIFIED' || (identified && before !== 'AUTHENTICATED');
      case 'REPLACE':
        return identified || setsPassword;
      case 'AS':
        return identified && dialect === 'mysql';
      case 'SET':
        return identified && verb === 'ADMINISTER';
      case 'SECRET':
        return verb === 'ADMINISTER';
      case 'USING':
        return isOneOf(before, 'ENCRYPT', 'DECRYPT');
      case 'PASSWORD':
        return ACCOUNT_VERBS.has(verb) || list[at + 1]?.kind === 'identifier';
      case '=':
        return setsPassword || setsOwnParameter || /(?:PASSWORD|SECRET|PWD)$/.test(before);
      case 'TO':
        return setsOwnParameter;
      default:
        return false;
    }
  }

  /** Marks what stands from here on as a password, and answers where to go on. */
  function markPasswords(from: number): number {
    let at = from;
    for (;;) {
      while (OPENINGS.has(words[at] ?? '')) at++;
      if (at >= list.length || isNoPassword(at)) return at;
      do passwords.add(at++);
      while (list[at]?.start === list[at - 1]?.end && !DELIMITERS.has(words[at] ?? ';'));
      // GRANT … TO a, b IDENTIFIED BY p, q
      if (words[at] !== ',' || dialect !== 'oracle' || verb !== 'GRANT') return at;
      at++;
    }
  }

  /** A procedure's arguments need no quotes: bare words are strings. Marks them, and answers where to go on. */
  function markArguments(from: number): number {
    let at = from;
    if (words[at + 1] === '=') at += 2;
    while (words[at] === '.' || words[at + 1] === '.') at++;
    for (at++; at < list.length && words[at] !== ';' && !BEGINNINGS.has(words[at] as string); at++) {
      const kind = list[at]?.kind;
      const isName = words[at]?.startsWith('@') || NO_ARGUMENTS.has(words[at] as string);
      if (kind === 'identifier' || (kind === 'word' && !isName)) passwords.add(at);
    }
    return at;
  }

  function isNoPassword(at: number): boolean {
    const word = words[at] ?? '';
    const isVariable = word.startsWith('@') && !ACCOUNT_VERBS.has(verb);
    return NO_PASSWORDS.has(word) || isVariable || (word === 'RANDOM' && words[at - 1] === 'BY');
  }
}
