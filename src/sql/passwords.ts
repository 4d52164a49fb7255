import type { Dialect } from './dialects.ts';
import { isGlued, type Token } from './tokens.ts';
import { findObject } from './verbs.ts';
import { isOneOf, QUERY_VERBS, type Words } from './words.ts';

/** What ends a password that has no quotes. */
const DELIMITERS = [',', ';', ')'];

/** What may stand behind PASSWORD and is none. */
const NO_PASSWORDS = new Set([
  ...['EXPIRE', 'FILE', 'FOR', 'FROM', 'HISTORY', 'IDENTIFIED', 'NULL', 'OPTIONAL', 'RANDOM', 'REQUIRE', 'REUSE'],
]);

/** What may stand behind IDENTIFIED and is no password. */
const WAYS_TO_IDENTIFY = new Set(['AS', 'BY', 'EXTERNALLY', 'GLOBALLY', 'USING', 'VIA', 'WITH']);

/** What a column that holds passwords may be compared with, or set to, and is none. */
const EXPRESSIONS = new Set([
  ...['ALL', 'ANY', 'CASE', 'CURRENT_USER', 'DEFAULT', 'EXISTS', 'FALSE', 'NOT', 'NULL', 'SELECT', 'SOME', 'TRUE'],
]);

/** Statements that name privileges or actions before they name a password. */
const LONG_VERBS = ['GRANT', 'ADMINISTER'];

/** Statements in which PASSWORD is a clause. */
const ACCOUNT_VERBS = new Set([
  ...['CREATE', 'ALTER', 'GRANT', 'START', 'ADMINISTER', 'CHANGE', 'CLONE', 'OPEN', 'BACKUP', 'RESTORE'],
]);

/** Statements that read or write files. */
const FILE_VERBS = ['COPY', 'LOAD'];

/** What has columns or parameters. */
const OBJECTS_WITH_COLUMNS = new Set([
  ...['AGGREGATE', 'DOMAIN', 'EVENT', 'EXTERNAL TABLE', 'FOREIGN TABLE', 'FULLTEXT INDEX', 'FUNCTION', 'INDEX'],
  ...['MATERIALIZED VIEW', 'MATERIALIZED VIEW LOG', 'PACKAGE', 'PACKAGE BODY', 'POLICY', 'PROC', 'PROCEDURE'],
  ...['PUBLICATION', 'RULE', 'STATISTICS', 'TABLE', 'TRIGGER', 'TYPE', 'TYPE BODY', 'VIEW', 'XML INDEX'],
]);

const NAMES_OF_SECRETS = /(?:PASSWORD|SECRET|PWD|KEY_SOURCE|IDENTITY_VALUE|AUTHENTICATION_STRING)$/;

/** Parameters of PostgreSQL's own that may hold a secret. */
const SECRET_PARAMETERS = /CONNINFO|COMMAND|PASSPHRASE|SECRET/;

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
  /** Between CREATE PROCEDURE and AS, where SQL Server's defaults are strings without quotes. */
  let declaresParameters = false;

  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    readVerb(word, at);
    if (wantsPassword(word, at)) at = markPasswords(at + 1) - 1;
    else if (word === 'SET' && dialect === 'postgresql' && verb !== 'UPDATE') at = markParameter(at + 1) - 1;
    else if (word === 'FOR' && setsPassword) at = markPasswords(endOfAccount(at + 1)) - 1;
  }
  return passwords;

  // A statement may stand within another one: EXPLAIN, a routine's body.
  function readVerb(word: string, at: number): void {
    if (declaresParameters) declaresParameters = word !== 'AS';
    if (word === ';') [verb, object, identified, setsPassword] = ['', '', false, false];
    else if (LONG_VERBS.includes(verb)) identified ||= word === 'IDENTIFIED';
    else if (isOneOf(word, 'CREATE', 'ALTER')) {
      const found = findObject(words, at, dialect);
      if (found !== null || verb === '') [verb, object, identified] = [word, found?.phrase ?? '', false];
      declaresParameters = dialect === 'sqlserver' && isOneOf(object, 'PROC', 'PROCEDURE');
    } else if (QUERY_VERBS.has(word) || LONG_VERBS.includes(word)) verb = word;
    else if (word === 'IDENTIFIED') identified = isAccount();
    else if (word === 'SET' && words[at + 1] === 'PASSWORD') setsPassword = verb === '' || hasColumns();
    else if (verb === '' && (ACCOUNT_VERBS.has(word) || FILE_VERBS.includes(word))) verb = word;
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
        return (identified && dialect === 'mysql') || before === 'CHALLENGE_RESPONSE';
      case 'USING':
        return isOneOf(before, 'ENCRYPT', 'DECRYPT', 'MIGRATE') || (identified && dialect === 'mysql');
      case 'SET':
        return identified && verb === 'ADMINISTER';
      case 'SECRET':
        return verb === 'ADMINISTER';
      case 'CREDENTIALS':
      case 'ACCESS_KEY_ID':
      case 'SECRET_ACCESS_KEY':
      case 'SESSION_TOKEN':
        return FILE_VERBS.includes(verb);
      case 'CONNECTION':
        return object === 'SUBSCRIPTION';
      case '=':
        return (
          setsPassword ||
          declaresParameters ||
          (NAMES_OF_SECRETS.test(before) && words[at - 2] !== '@' && !before.startsWith('@'))
        );
      default:
        // MySQL's CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = …
        return (word === 'PASSWORD' || (verb === 'CHANGE' && word.endsWith('_PASSWORD'))) && isClause(before);
    }
  }

  function isClause(before: string): boolean {
    return !isOneOf(before, '.', 'CURRENT', 'OLD', 'RANDOM') && (setsPassword || isAccount());
  }

  /** Marks what stands from here on as a password, and answers where to go on. */
  function markPasswords(from: number): number {
    let at = from;
    for (;;) {
      while (isOpening(at)) at++;
      if (at >= list.length || isNoPassword(at)) return at;
      const bare = isOneOf(list[at]?.kind, 'word', 'number', 'symbol');
      do passwords.add(at++);
      while (isGlued(list, at) && !endsPassword(at, bare));
      // GRANT … TO a, b IDENTIFIED BY p, q
      if (words[at] !== ',' || dialect !== 'oracle' || verb !== 'GRANT') return at;
      at++;
    }
  }

  function isOpening(at: number): boolean {
    const isQuoted = isOneOf(list[at + 1]?.kind, 'string', 'identifier') || words[at + 1] === '?';
    switch (words[at]) {
      case '=':
        return true;
      case '(':
      case ':':
      case 'IS':
      case 'TO':
        return words[at - 1] !== 'BY' && (isAccount() || setsPassword);
      case 'PASSWORD':
        return isQuoted || (dialect !== 'oracle' && at + 1 < list.length);
      case 'VALUES':
        return isQuoted;
      default:
        return false;
    }
  }

  function isNoPassword(at: number): boolean {
    const [word = '', before] = [words[at], words[at - 1]];
    if (DELIMITERS.includes(word)) return true;
    if (before === 'BY') return word === 'RANDOM' && dialect === 'mysql';
    if (isAccount() || setsPassword) return NO_PASSWORDS.has(word);
    // WHERE password = md5(…), = other.password, = $1, = :p, f(password => x)
    const isCode = isOneOf(words[at + 1], '(', '.') || EXPRESSIONS.has(word) || word.startsWith('@');
    return isCode || list[at]?.kind === 'symbol';
  }

  // A comma or semicolon between two parts of a password is one of its characters.
  function endsPassword(at: number, bare: boolean): boolean {
    return DELIMITERS.includes(words[at] ?? '') && !(bare && words[at] !== ')' && isGlued(list, at + 1));
  }

  /**
   * PostgreSQL's SET app.token TO abc, def needs no quotes, and text in double quotes is a value as well. Marks the values,
   * and answers where to go on.
   */
  function markParameter(from: number): number {
    let at = isOneOf(words[from], 'LOCAL', 'SESSION') ? from + 1 : from;
    const name = words[at] ?? '';
    let isOwn = name.includes('.');
    while (words[at + 1] === '.') [at, isOwn] = [at + 2, true];
    if (!isOneOf(words[++at], '=', 'TO')) return from;
    const isSecret = isOwn || SECRET_PARAMETERS.test(name);
    do {
      at++;
      if (isSecret) at = markPasswords(at);
      else if (list[at]?.kind === 'identifier' && name !== 'SEARCH_PATH') passwords.add(at++);
      else at++;
    } while (words[at] === ',');
    return at;
  }

  /** Of user@host, or CURRENT_USER(), the end. */
  function endOfAccount(start: number): number {
    return isOneOf(words[start + 1], '@', '(') ? start + 3 : start + 1;
  }
}
