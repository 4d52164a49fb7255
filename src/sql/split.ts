import type { Dialect } from './dialects.ts';
import type { Token } from './tokens.ts';
import { findObject, longestPhrase, OBJECTS } from './verbs.ts';

/**
 * What the rules read: for each token its text in upper case, and `''` for strings and quoted names, which no keyword
 * can equal.
 */
export type Words = readonly string[];

export function createWords(text: string, tokens: readonly Token[]): Words {
  return tokens.map(({ kind, start, end }) =>
    kind === 'string' || kind === 'identifier' ? '' : text.slice(start, end).toUpperCase(),
  );
}

/** A text's words → those of each of its statements. */
export function split(words: Words, dialect: Dialect): readonly Words[] {
  return SPLIT[dialect](words, dialect).filter((statement) => statement.length > 0);
}

const SPLIT: Readonly<Record<Dialect, (words: Words, dialect: Dialect) => readonly Words[]>> = {
  postgresql: splitAtSemicolons,
  mysql: splitAtSemicolons,
  oracle: splitOracle,
  sqlserver: splitSqlServer,
};

/** What holds code of its own: its CREATE does not run it. */
const STORED_CODE: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  postgresql: new Set(['FUNCTION', 'PROCEDURE']),
  mysql: new Set(['EVENT', 'FUNCTION', 'PROCEDURE', 'TRIGGER']),
  oracle: new Set([
    'FUNCTION',
    'JAVA',
    'LIBRARY',
    'PACKAGE',
    'PACKAGE BODY',
    'PROCEDURE',
    'TRIGGER',
    'TYPE',
    'TYPE BODY',
  ]),
  sqlserver: new Set(['FUNCTION', 'PROC', 'PROCEDURE', 'TRIGGER', 'VIEW']),
};

function storesCode(words: Words, start: number, dialect: Dialect): boolean {
  if (!isOneOf(words[start], 'CREATE', 'ALTER')) return false;
  return STORED_CODE[dialect].has(findObject(words, start, dialect)?.phrase ?? '');
}

const COMPOUND = new Set(['IF', 'LOOP', 'WHILE', 'REPEAT']);

// A routine's body holds statements of its own between BEGIN and END.
function splitAtSemicolons(words: Words, dialect: Dialect): readonly Words[] {
  const statements: Words[] = [];
  let start = 0;
  let blocks = 0;
  let routine = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (at === start) routine = storesCode(words, start, dialect);
    if (routine && opensBlock(words, at)) blocks++;
    if (routine && closesBlock(words, at) && blocks > 0) blocks--;
    if (word === ';' && blocks === 0) {
      statements.push(words.slice(start, at));
      start = at + 1;
    }
  }
  statements.push(words.slice(start));
  return statements;
}

/** What stands behind a column that has the name `begin`, and never behind BEGIN. */
const BEHIND_NAMES = new Set(
  ', ; ) = < > ! + - * / % AND AS ASC BETWEEN DESC FROM IN IS LIKE LIMIT OR ORDER WHERE'.split(' '),
);

function opensBlock(words: Words, at: number): boolean {
  if (isOneOf(words[at - 1], 'END', 'XA', '.')) return false;
  return words[at] === 'CASE' || (words[at] === 'BEGIN' && !BEHIND_NAMES.has(words[at + 1] ?? ''));
}

function closesBlock(words: Words, at: number): boolean {
  return words[at] === 'END' && !isOneOf(words[at - 1], 'XA', '.') && !COMPOUND.has(words[at + 1] ?? '');
}

export function isOneOf(word: string | undefined, ...words: readonly string[]): boolean {
  return word !== undefined && words.includes(word);
}

// Oracle takes one statement at a time: a block, and code that CREATE stores, reach up to a slash of their own.
function splitOracle(words: Words, dialect: Dialect): readonly Words[] {
  const statements: Words[] = [];
  let start = 0;
  let code = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    // A block, perhaps behind a label: <<name>>
    if (at === start) code = isOneOf(word, 'BEGIN', 'DECLARE', '<') || storesCode(words, at, dialect);
    if (isFunctionOfQuery(words, at)) code = true;
    // A slash on a line of its own ends what SQL*Plus sends.
    if ((word === '/' && (words[at - 1] ?? ';') === ';') || (word === ';' && !code)) {
      statements.push(words.slice(start, at));
      start = at + 1;
    }
  }
  statements.push(words.slice(start));
  return statements;
}

/** Oracle's WITH FUNCTION … BEGIN … END; SELECT … */
export function isFunctionOfQuery(words: Words, at: number): boolean {
  return isOneOf(words[at], 'FUNCTION', 'PROCEDURE') && words[at - 1] === 'WITH';
}

/** What Transact-SQL keeps for the beginning of a statement: no semicolon needs to stand before it. */
export const BEGINNINGS: ReadonlySet<string> = new Set([
  'ALTER',
  'BEGIN',
  'BULK',
  'COMMIT',
  'CREATE',
  'DELETE',
  'DENY',
  'DROP',
  'EXEC',
  'EXECUTE',
  'FETCH',
  'GRANT',
  'INSERT',
  'MERGE',
  'READTEXT',
  'RESTORE',
  'REVOKE',
  'ROLLBACK',
  'SAVE',
  'SELECT',
  'SET',
  'TRUNCATE',
  'UPDATE',
  'UPDATETEXT',
  'WRITETEXT',
]);

const QUERY_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']);

function splitSqlServer(words: Words, dialect: Dialect): readonly Words[] {
  const statements: Words[] = [];
  let start = 0;
  let depth = 0;
  let body = false;
  let query = false;
  const cut = (end: number, next: number) => {
    statements.push(words.slice(start, end));
    start = next;
    [depth, query] = [0, false];
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    depth += nesting(word);
    if (at === start) body = storesCode(words, at, dialect);
    if (word === 'GO' && BEGINNINGS.has(words[at + 1] ?? '')) {
      cut(at, at + 1);
    } else if (body) {
      // A routine is the only statement of its batch: what follows is its body, which CREATE does not run.
    } else if (word === ';' || (word === ':' && at === start + 1)) {
      // A semicolon ends a statement; a label stands before one.
      cut(word === ';' ? at : start, at + 1);
    } else if (depth === 0 && at > start && BEGINNINGS.has(word)) {
      const queryOfWith = words[start] === 'WITH' && !query && QUERY_VERBS.has(word);
      if (queryOfWith) query = true;
      else if (beginsStatement(words, start, at)) cut(at, at);
    }
  }
  statements.push(words.slice(start));
  return statements;
}

// The word is one that begins statements, but for these places, in which a part of a statement would get a more sensitive
// class than the whole, or another verb.
function beginsStatement(words: Words, start: number, at: number): boolean {
  const before = words[at - 1];
  switch (words[at]) {
    case 'ALTER':
    case 'DROP':
      // ALTER TABLE t DROP COLUMN role
      return longestPhrase(OBJECTS.sqlserver, words, at + 1) !== null;
    case 'INSERT':
      return before !== 'BULK';
    case 'MERGE':
      // INNER MERGE JOIN
      return !isOneOf(before, 'INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER');
    case 'SELECT':
      return before !== 'FOR' || words[start] !== 'DECLARE';
    case 'UPDATE':
      return before !== 'FOR';
    default:
      return true;
  }
}

/** How a word changes the number of open parentheses. */
export function nesting(word: string): number {
  return word === '(' ? 1 : word === ')' ? -1 : 0;
}
