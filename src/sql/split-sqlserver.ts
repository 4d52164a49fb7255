import { storesCode } from './stored-code.ts';
import { longestPhrase, OBJECTS } from './verbs.ts';
import { isOneOf, nesting, QUERY_VERBS, type Span, type Words } from './words.ts';

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
  'IF',
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
  'WAITFOR',
  'WHILE',
  'WRITETEXT',
]);

/** The other words that it keeps for that: a statement that begins with one does no harm. */
export const HARMLESS_BEGINNINGS: ReadonlySet<string> = new Set([
  ...['BACKUP', 'BREAK', 'CHECKPOINT', 'CLOSE', 'CONTINUE', 'DBCC', 'DEALLOCATE', 'DECLARE', 'GOTO', 'KILL', 'OPEN'],
  ...['PRINT', 'RAISERROR', 'RECONFIGURE', 'RETURN', 'REVERT', 'SETUSER', 'SHUTDOWN', 'USE'],
]);

/** Statements whose first word may be a name as well: what must follow it. */
const BEGINNINGS_OF_TWO: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['ADD', new Set(['COUNTER', 'SENSITIVITY', 'SIGNATURE'])],
  ['DISABLE', new Set(['TRIGGER'])],
  ['ENABLE', new Set(['TRIGGER'])],
  ['SEND', new Set(['ON'])],
]);

/** A batch's words → where each of its statements stands. */
export function splitSqlServer(words: Words): readonly Span[] {
  const statements: Span[] = [];
  let start = endOfParameters(words);
  let depth = 0;
  let body = false;
  /** Whether a WITH still waits for its query. */
  let tables = false;
  const cut = (end: number, next: number) => {
    statements.push({ start, end });
    start = next;
    [depth, tables] = [0, false];
  };
  for (let at = start; at < words.length; at++) {
    const word = words[at] as string;
    depth += nesting(word);
    if (at === start) body = storesCode(words, at, 'sqlserver');
    if (word === 'GO' && endsBatch(words, at)) {
      cut(at, at + 1);
    } else if (body) {
      // A routine is the only statement of its batch: what follows is its body, which CREATE does not run.
    } else if (endsStatement(words, at) || (word === ':' && at === start + 1 && !BEGINNINGS.has(words[start] ?? ''))) {
      // A label stands before a statement.
      cut(word === ';' ? at : start, at + 1);
    } else if (depth === 0 && namesTables(words, at)) {
      tables = true;
    } else if (depth === 0 && at > start && beginsStatement(words, start, at)) {
      if (tables && QUERY_VERBS.has(word)) tables = false;
      else cut(at, at);
    }
  }
  statements.push({ start, end: words.length });
  return statements;
}

// What drivers send before a prepared statement: (@P0 int, @P1 nvarchar(4000))SELECT …
function endOfParameters(words: Words): number {
  if (words[0] !== '(' || !words[1]?.startsWith('@')) return 0;
  let depth = 0;
  const end = words.findIndex((word) => {
    depth += nesting(word);
    return depth === 0;
  });
  return end + 1;
}

// A column may have the name `go`.
function endsBatch(words: Words, at: number): boolean {
  const next = words[at + 1];
  if (next === undefined || namesProcedure(words, at + 1)) return true;
  return BEGINNINGS.has(next) || HARMLESS_BEGINNINGS.has(next);
}

/** Whether the word at this place names one of SQL Server's own procedures, which may be called without EXECUTE. */
export function namesProcedure(words: Words, at: number): boolean {
  return /^\[?[SX]P_/i.test(words[at] ?? '') && words[at - 1] !== '.';
}

/** Whether a number stands behind the semicolon at this place: EXEC p;1 calls the first of several procedures of one name. */
export function numbersProcedure(words: Words, at: number): boolean {
  return words[at] === ';' && /^[0-9]+$/.test(words[at + 1] ?? '');
}

function endsStatement(words: Words, at: number): boolean {
  return words[at] === ';' && !numbersProcedure(words, at);
}

// WITH a AS (…), not a hint and not an option.
function namesTables(words: Words, at: number): boolean {
  return words[at] === 'WITH' && words[at + 1] !== '(' && isOneOf(words[at + 2], 'AS', '(');
}

// The word is one that begins statements, but for these places, in which a part of a statement would get a more sensitive
// class than the whole, or another verb.
function beginsStatement(words: Words, start: number, at: number): boolean {
  const word = words[at] as string;
  if (!BEGINNINGS.has(word)) return word === 'RECEIVE' ? receives(words, at) : beginsWithTwo(word, words[at + 1]);
  const before = words[at - 1];
  switch (word) {
    case 'ALTER':
    case 'DROP':
      // ALTER TABLE t DROP COLUMN role
      return longestPhrase(OBJECTS.sqlserver, words, at + 1) !== null;
    case 'IF':
      // DROP TABLE IF EXISTS t
      return !isOneOf(words[start], 'ALTER', 'CREATE', 'DROP');
    case 'INSERT':
      return before !== 'BULK';
    case 'MERGE':
      // INNER MERGE JOIN
      return !isOneOf(before, 'INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER');
    case 'SELECT':
      return before !== 'FOR' || words[start] !== 'DECLARE';
    case 'SET':
      return words[start] !== 'UPDATE';
    case 'UPDATE':
      return before !== 'FOR';
    default:
      return true;
  }
}

function beginsWithTwo(word: string, next: string | undefined): boolean {
  return next !== undefined && (BEGINNINGS_OF_TWO.get(word)?.has(next) ?? false);
}

// A column may have the name `receive`.
function receives(words: Words, at: number): boolean {
  const takes = words[at + 1] === 'TOP' || (words[at + 1] === '*' && words[at + 2] === 'FROM');
  return takes || isOneOf(words[at - 1], 'BEGIN', 'ELSE', 'TRAN', 'TRANSACTION');
}
