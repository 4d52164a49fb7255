import type { Dialect } from './dialects.ts';
import { splitSqlServer } from './split-sqlserver.ts';
import { storesCode } from './stored-code.ts';
import { isOneOf, nesting, QUERY_VERBS, type Span, type Words } from './words.ts';

/** A text's words → where each of its statements stands. */
export function split(words: Words, dialect: Dialect): readonly Span[] {
  return SPLIT[dialect](words, dialect).filter(({ start, end }) => start < end);
}

const SPLIT: Readonly<Record<Dialect, (words: Words, dialect: Dialect) => readonly Span[]>> = {
  postgresql: splitAtSemicolons,
  mysql: splitAtSemicolons,
  oracle: splitOracle,
  sqlserver: splitSqlServer,
};

// A routine's body holds statements of its own between BEGIN and END.
function splitAtSemicolons(words: Words, dialect: Dialect): readonly Span[] {
  const statements: Span[] = [];
  let start = 0;
  while (start <= words.length) {
    const end = storesCode(words, start, dialect) ? endOfRoutine(words, start, dialect) : endAtSemicolon(words, start);
    statements.push({ start, end });
    start = end + 1;
  }
  return statements;
}

function endAtSemicolon(words: Words, start: number): number {
  const end = words.indexOf(';', start);
  return end === -1 ? words.length : end;
}

function endOfRoutine(words: Words, start: number, dialect: Dialect): number {
  const blocks: string[] = [];
  let depth = 0;
  /** Whether the scan is in a statement that names columns and tables, and one of these may be called `begin`. */
  let names = false;
  for (let at = start; at < words.length; at++) {
    const word = words[at] as string;
    depth += nesting(word);
    if (QUERY_VERBS.has(word) || word === 'WITH') names = true;
    else if (BEFORE_STATEMENTS.has(word)) names = false;
    if (opensBlock(words, at, depth, dialect) && !(names && word === 'BEGIN')) blocks.push(word);
    else if (closesBlock(words, at, blocks.at(-1))) blocks.pop();
    if (word === ';' && blocks.length === 0) return at;
  }
  return words.length;
}

/** Behind these a statement of a routine begins; ROW ends a trigger's head. */
const BEFORE_STATEMENTS = new Set([';', 'DO', 'ELSE', 'LOOP', 'REPEAT', 'ROW', 'THEN']);

/** What stands before a thing that has the name `begin`. */
const BEFORE_BEGIN_AS_NAME = new Set([
  ...['.', 'DECLARE', 'END', 'EVENT', 'EXISTS', 'FUNCTION', 'INTO', 'ON', 'PROCEDURE', 'SET', 'TRIGGER', 'XA'],
]);

function opensBlock(words: Words, at: number, depth: number, dialect: Dialect): boolean {
  if (words[at] === 'CASE') return words[at - 1] !== 'END';
  if (words[at] !== 'BEGIN') return false;
  if (dialect === 'postgresql') return words[at + 1] === 'ATOMIC';
  return depth === 0 && !BEFORE_BEGIN_AS_NAME.has(words[at - 1] ?? '');
}

const COMPOUND = ['IF', 'LOOP', 'WHILE', 'REPEAT'];

// In a block each statement ends with a semicolon: a column may have the name `end`.
function closesBlock(words: Words, at: number, block: string | undefined): boolean {
  if (words[at] !== 'END' || isOneOf(words[at + 1], ...COMPOUND)) return false;
  return block === 'CASE' || (block === 'BEGIN' && isOneOf(words[at - 1], ';', 'BEGIN', 'ATOMIC'));
}

// Oracle takes one statement at a time: a block, and code that CREATE stores, reach up to a slash of their own.
function splitOracle(words: Words): readonly Span[] {
  const statements: Span[] = [];
  let start = 0;
  let code = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    // A block, perhaps behind a label: <<name>>
    if (at === start) code = isOneOf(word, 'BEGIN', 'DECLARE', '<') || storesCode(words, at, 'oracle');
    if (isFunctionOfQuery(words, at)) code = true;
    // A slash on a line of its own ends what SQL*Plus sends.
    if ((word === '/' && (words[at - 1] ?? ';') === ';') || (word === ';' && !code)) {
      statements.push({ start, end: at });
      start = at + 1;
    }
  }
  statements.push({ start, end: words.length });
  return statements;
}

/** Oracle's WITH FUNCTION … BEGIN … END; SELECT … */
export function isFunctionOfQuery(words: Words, at: number): boolean {
  return isOneOf(words[at], 'FUNCTION', 'PROCEDURE') && words[at - 1] === 'WITH';
}
