import { findArguments } from './calls.ts';
import type { Dialect } from './dialects.ts';
import { split } from './split.ts';
import type { Token } from './tokens.ts';
import { findObject } from './verbs.ts';
import { isOneOf, type Span, type Words } from './words.ts';

/** What ends a password that has no quotes. */
const DELIMITERS = [',', ';', ')'];

/** What may stand behind PASSWORD and is none. */
const NO_PASSWORDS = new Set([
  ...['EXPIRE', 'FILE', 'FOR', 'FROM', 'HISTORY', 'IDENTIFIED', 'NULL', 'OPTIONAL', 'REQUIRE', 'REUSE', 'TO'],
]);

/** What may stand behind IDENTIFIED and is no password. */
const WAYS_TO_IDENTIFY = new Set(['AS', 'BY', 'EXTERNALLY', 'GLOBALLY', 'USING', 'VIA', 'WITH']);

/** What a column that holds passwords may be compared with, or set to, and is none. */
const EXPRESSIONS = new Set(['ANY', 'ALL', 'CASE', 'DEFAULT', 'NULL', 'SOME']);

/** Statements that name columns, and one of these may be called `password`. */
const READING_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Statements that name privileges or actions before they name a password. */
const LONG_VERBS = ['GRANT', 'ADMINISTER'];

/** Statements in which PASSWORD is a clause. */
const ACCOUNT_VERBS = new Set(['CREATE', 'ALTER', 'SET', 'GRANT', 'START', 'ADMINISTER', 'OPEN', 'BACKUP', 'RESTORE']);

/** What has columns or parameters. */
const OBJECTS_WITH_COLUMNS = new Set([
  ...['AGGREGATE', 'DOMAIN', 'EVENT', 'EXTERNAL TABLE', 'FOREIGN TABLE', 'FULLTEXT INDEX', 'FUNCTION', 'INDEX'],
  ...['MATERIALIZED VIEW', 'MATERIALIZED VIEW LOG', 'PACKAGE', 'PACKAGE BODY', 'POLICY', 'PROC', 'PROCEDURE'],
  ...['PUBLICATION', 'RULE', 'STATISTICS', 'TABLE', 'TRIGGER', 'TYPE', 'TYPE BODY', 'VIEW', 'XML INDEX'],
]);

/**
 * Which tokens are passwords without quotes, or parts of one, by their positions. The grammars want most passwords in
 * quotes, but not Oracle's, nor SQL Server's those of a procedure; and a statement that failed for want of quotes is
 * recorded too.
 */
export function findPasswords(list: readonly Token[], words: Words, dialect: Dialect): ReadonlySet<number> {
  const passwords = new Set<number>();
  /** Of the statement that the scan is in: its verb, and what its CREATE or ALTER applies to. */
  let verb = '';
  let object = '';
  let identified = false;
  let setsPassword = false;

  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    readVerb(word, at);
    if (wantsPassword(word, at)) at = markPasswords(at + 1) - 1;
    else if (word === 'SET' && dialect === 'postgresql' && verb !== 'UPDATE') at = markParameter(at + 1) - 1;
    else if (word === 'FOR' && setsPassword) at = markPasswords(endOfAccount(at + 1)) - 1;
  }
  if (dialect === 'sqlserver') {
    for (const statement of split(words, dialect)) findArguments(words, statement).forEach(markArguments);
  }
  return passwords;

  // A statement may stand within another one: EXPLAIN, a routine's body.
  function readVerb(word: string, at: number): void {
    if (word === ';') [verb, object, identified, setsPassword] = ['', '', false, false];
    else if (LONG_VERBS.includes(verb)) identified ||= word === 'IDENTIFIED';
    else if (isOneOf(word, 'CREATE', 'ALTER')) {
      const found = findObject(words, at, dialect);
      if (found !== null || verb === '') [verb, object, identified] = [word, found?.phrase ?? '', false];
    } else if (READING_VERBS.has(word) || LONG_VERBS.includes(word)) verb = word;
    else if (word === 'IDENTIFIED') identified = isAccount();
    else if (word === 'SET' && words[at + 1] === 'PASSWORD') setsPassword = !READING_VERBS.has(verb);
    else if (verb === '' && ACCOUNT_VERBS.has(word)) verb = word;
  }

  function isAccount(): boolean {
    return ACCOUNT_VERBS.has(verb) && !hasColumns();
  }

  function hasColumns(): boolean {
    return isOneOf(verb, 'CREATE', 'ALTER') && OBJECTS_WITH_COLUMNS.has(object);
  }

  function wantsPassword(word: string, at: number): boolean {
    const before = words[at - 1] ?? '';
    switch (word) {
      case 'IDENTIFIED':
        return identified && before !== 'NOT' && !WAYS_TO_IDENTIFY.has(words[at + 1] ?? '');
      case 'BY':
        return before === 'AUTHENTICATED' ? object !== 'DATABASE LINK' : before === 'IDENTIFIED' || identified;
      case 'REPLACE':
        return identified || setsPassword;
      case 'AS':
        return identified && dialect === 'mysql';
      case 'USING':
        return isOneOf(before, 'ENCRYPT', 'DECRYPT') || (identified && dialect === 'mysql');
      case 'SET':
        return identified && verb === 'ADMINISTER';
      case 'SECRET':
        return verb === 'ADMINISTER';
      case 'PASSWORD':
        if (before === '.') return false;
        return setsPassword || isAccount() || (list[at + 1]?.kind === 'identifier' && !hasColumns());
      case '=':
        return setsPassword || /(?:PASSWORD|SECRET|PWD)$/.test(before);
      default:
        return false;
    }
  }

  /** Marks what stands from here on as a password, and answers where to go on. */
  function markPasswords(from: number): number {
    let at = from;
    for (;;) {
      while (isOpening(at)) at++;
      if (at >= list.length || isNoPassword(at)) return at;
      const bare = isOneOf(list[at]?.kind, 'word', 'number', 'symbol');
      do passwords.add(at++);
      while (isGlued(at) && !endsPassword(at, bare));
      // GRANT … TO a, b IDENTIFIED BY p, q
      if (words[at] !== ',' || dialect !== 'oracle' || verb !== 'GRANT') return at;
      at++;
    }
  }

  function isOpening(at: number): boolean {
    switch (words[at]) {
      case '=':
        return true;
      case '(':
        return isAccount() || setsPassword;
      case 'PASSWORD':
        return dialect !== 'oracle' && at + 1 < list.length;
      case 'TO':
        return setsPassword;
      case 'VALUES':
        return list[at + 1]?.kind === 'string' || words[at + 1] === '?';
      default:
        return false;
    }
  }

  function isNoPassword(at: number): boolean {
    const [word = '', before] = [words[at], words[at - 1]];
    if (DELIMITERS.includes(word)) return true;
    if (before === 'BY') return word === 'RANDOM' && dialect === 'mysql';
    if (before === 'TO' && word === 'RANDOM') return true;
    if (isAccount() || setsPassword) return NO_PASSWORDS.has(word);
    // WHERE password = @p, = md5(…), = other.password
    return word.startsWith('@') || EXPRESSIONS.has(word) || isOneOf(words[at + 1], '(', '.') || word === '(';
  }

  function isGlued(at: number): boolean {
    return list[at]?.start === list[at - 1]?.end;
  }

  // A semicolon between two parts of a password is one of its characters.
  function endsPassword(at: number, bare: boolean): boolean {
    return DELIMITERS.includes(words[at] ?? '') && !(bare && words[at] === ';' && isGlued(at + 1));
  }

  /** PostgreSQL's SET app.token TO abc, def needs no quotes. Marks the values, and answers where to go on. */
  function markParameter(from: number): number {
    let at = isOneOf(words[from], 'LOCAL', 'SESSION') ? from + 1 : from;
    let isOwn = words[at]?.includes('.') ?? false;
    while (words[at + 1] === '.') [at, isOwn] = [at + 2, true];
    if (!isOwn || !isOneOf(words[++at], '=', 'TO')) return from;
    do at = markPasswords(at + 1);
    while (words[at] === ',');
    return at;
  }

  /** Of user@host the end. */
  function endOfAccount(start: number): number {
    return words[start + 1] === '@' ? start + 3 : start + 1;
  }

  /** A procedure's arguments need no quotes: bare words are strings. */
  function markArguments({ start, end }: Span): void {
    for (let at = start; at < end; at++) {
      const kind = list[at]?.kind;
      if (kind === 'identifier' || (kind === 'word' && !isNoArgument(at, start))) passwords.add(at);
    }
  }

  function isNoArgument(at: number, first: number): boolean {
    const word = words[at] as string;
    const begins = at === first || isOneOf(words[at - 1], ',', '=');
    if (isOneOf(word, 'OUT', 'OUTPUT')) return !begins;
    return word.startsWith('@') || isOneOf(word, 'DEFAULT', 'NULL') || (word === 'N' && isGlued(at + 1));
  }
}
