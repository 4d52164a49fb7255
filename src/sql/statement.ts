import { STATEMENT_CLASSES, type StatementClass } from '../activity.ts';
import { type Dialect, MAX_TOKENS, type Token, tokenize } from './tokens.ts';
import { OBJECTS, VERBS } from './verbs.ts';

export interface Statement {
  readonly class: StatementClass;
  /** The verb, such as `CREATE INDEX`; null where the statement is not understood. */
  readonly action: string | null;
}

const NOT_UNDERSTOOD: Statement = { class: 'UNKNOWN', action: null };

/** SQL text → its class and verb. Of several statements the most sensitive one decides. Never throws. */
export function classifyStatement(text: string, dialect: Dialect): Statement {
  const statements = readStatements(text, dialect, true);
  // A server runs `/*! … */`, or skips it, by its version: the more sensitive reading decides.
  if (dialect === 'mysql' && text.includes('/*!')) statements.push(...readStatements(text, dialect, false));
  const decisive = mostSensitive(statements.map((statement) => statement.class));
  return statements.find((statement) => statement.class === decisive) ?? NOT_UNDERSTOOD;
}

function readStatements(text: string, dialect: Dialect, executed: boolean): Statement[] {
  const { list } = tokenize(text, dialect, executed);
  const statements = split(createWords(text, list)).map((words) => classifyOne(words, dialect));
  // The rest of an endless text may hold anything.
  return list.length < MAX_TOKENS ? statements : [...statements, NOT_UNDERSTOOD];
}

/** The most sensitive of the classes; null where there is none. */
export function mostSensitive(classes: readonly StatementClass[]): StatementClass | null {
  return STATEMENT_CLASSES.find((candidate) => classes.includes(candidate)) ?? null;
}

/**
 * What the rules read: for each token its text in upper case, and `''` for strings and quoted names, which no keyword
 * can equal.
 */
type Words = readonly string[];

function createWords(text: string, tokens: readonly Token[]): Words {
  return tokens.map(({ kind, start, end }) =>
    kind === 'string' || kind === 'identifier' ? '' : text.slice(start, end).toUpperCase(),
  );
}

const ROUTINES = new Set(['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'PACKAGE']);

// A routine's body holds statements of its own between BEGIN and END: they are not run by its CREATE.
function split(words: Words): readonly Words[] {
  const statements: Words[] = [];
  let start = 0;
  let blocks = 0;
  let routine = false;
  for (const [at, word] of words.entries()) {
    if (at === start) routine = false;
    if (ROUTINES.has(word) && ['CREATE', 'ALTER'].includes(words[start] ?? '')) routine = true;
    if (routine && (word === 'BEGIN' || word === 'CASE') && words[at - 1] !== 'END') blocks++;
    if (routine && blocks > 0 && word === 'END' && !['IF', 'LOOP', 'WHILE', 'REPEAT'].includes(words[at + 1] ?? ''))
      blocks--;
    if (word === ';' && blocks === 0) {
      statements.push(words.slice(start, at));
      start = at + 1;
    }
  }
  statements.push(words.slice(start));
  return statements.filter((statement) => statement.length > 0);
}

type Rule = (words: Words, dialect: Dialect) => Statement;

/** Verbs whose class depends on what follows. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['CREATE', classifyStructure],
  ['ALTER', classifyStructure],
  ['DROP', classifyStructure],
  ['SELECT', classifySelect],
  ['WITH', classifyWith],
  ['EXPLAIN', classifyExplain],
  ['DESCRIBE', classifyExplain],
  ['DESC', classifyExplain],
  ['COPY', classifyCopy],
  ['DECLARE', classifyDeclare],
]);

function classifyOne(statement: Words, dialect: Dialect): Statement {
  const verb = statement.findIndex((word) => word !== '(');
  const words = verb > 0 ? statement.slice(verb) : statement;
  const rule = RULES.get(words[0] ?? '');
  if (rule !== undefined) return rule(words, dialect);
  const found = longestPhrase(VERBS, words, 0);
  return found === null ? NOT_UNDERSTOOD : { class: found.class, action: found.phrase };
}

interface Phrase {
  readonly phrase: string;
  readonly class: StatementClass;
}

function longestPhrase(table: ReadonlyMap<string, StatementClass>, words: Words, at: number): Phrase | null {
  for (let length = 3; length > 0; length--) {
    const phrase = words.slice(at, at + length).join(' ');
    const found = table.get(phrase);
    if (found !== undefined) return { phrase, class: found };
  }
  return null;
}

/** How far behind CREATE the object's type can stand: MySQL's `ALGORITHM=… DEFINER=…@… SQL SECURITY … VIEW`. */
const MOST_MODIFIERS = 16;

function classifyStructure(words: Words): Statement {
  const verb = words[0] as string;
  for (let at = 1; at <= MOST_MODIFIERS && at < words.length && words[at] !== '('; at++) {
    if (words[at] === 'DEFINER' && words[at + 1] === '=') {
      // DEFINER = user, user@host, or CURRENT_USER()
      at += ['@', '('].includes(words[at + 3] ?? '') ? 4 : 2;
      continue;
    }
    const object = longestPhrase(OBJECTS, words, at);
    if (object !== null) return { class: object.class, action: `${verb} ${object.phrase}` };
  }
  return { class: 'DDL', action: verb };
}

// PostgreSQL's SELECT … INTO creates a table; MySQL's fills variables or a file.
function classifySelect(words: Words, dialect: Dialect): Statement {
  const creates = dialect === 'postgresql' && outermost(words).includes('INTO');
  return { class: creates ? 'DDL' : 'DQL', action: 'SELECT' };
}

const MAIN_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'VALUES', 'TABLE']);
const CHANGING_VERBS = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

function classifyWith(words: Words, dialect: Dialect): Statement {
  let depth = 0;
  const main = words.findIndex((word, at) => {
    depth += nesting(word);
    return depth === 0 && MAIN_VERBS.has(word) && !['WITH', 'RECURSIVE', ','].includes(words[at - 1] ?? '');
  });
  const statement = main === -1 ? NOT_UNDERSTOOD : classifyOne(words.slice(main), dialect);
  const decisive = mostSensitive(changesInParentheses(words) ? [statement.class, 'DML'] : [statement.class]);
  return { class: decisive ?? statement.class, action: statement.action };
}

// Behind a function's name stands a parenthesis, behind a verb never.
function changesInParentheses(words: Words): boolean {
  return words.some((word, at) => CHANGING_VERBS.has(word) && words[at - 1] === '(' && words[at + 1] !== '(');
}

function classifyExplain(words: Words, dialect: Dialect): Statement {
  // DESCRIBE of a table reads; of a statement it is a synonym of EXPLAIN.
  const explains = words[0] === 'EXPLAIN' || words.slice(1).some((word) => MAIN_VERBS.has(word));
  const harmless: Statement = { class: explains ? 'MISC' : 'DQL', action: words[0] as string };
  const options = words[1] === '(' ? words.slice(2, words.indexOf(')')) : words.slice(1, 3);
  const analyze = options.findIndex((word) => word === 'ANALYZE' || word === 'ANALYSE');
  if (analyze === -1 || ['FALSE', 'OFF', '0'].includes(options[analyze + 1] ?? 'TRUE')) return harmless;
  const run = words.findIndex((word, at) => at > 0 && (MAIN_VERBS.has(word) || EXPLAINABLE.has(word)));
  return run === -1 ? harmless : { ...classifyOne(words.slice(run), dialect), action: harmless.action };
}

const EXPLAINABLE = new Set(['WITH', 'CREATE', 'EXECUTE', 'DECLARE', 'REFRESH']);

function classifyCopy(words: Words): Statement {
  if (words[1] === '(') return { class: changesInParentheses(words) ? 'DML' : 'DQL', action: 'COPY' };
  const direction = outermost(words).find((word) => word === 'FROM' || word === 'TO');
  if (direction === undefined) return NOT_UNDERSTOOD;
  return { class: direction === 'FROM' ? 'DML' : 'DQL', action: 'COPY' };
}

// DECLARE … CURSOR … FOR query
function classifyDeclare(words: Words, dialect: Dialect): Statement {
  const query = words.indexOf('FOR');
  const verb = words[query + 1] ?? '';
  if (query === -1 || !words.slice(0, query).includes('CURSOR')) return NOT_UNDERSTOOD;
  if (verb !== 'WITH' && !MAIN_VERBS.has(verb)) return NOT_UNDERSTOOD;
  return { class: classifyOne(words.slice(query + 1), dialect).class, action: 'DECLARE CURSOR' };
}

function outermost(words: Words): Words {
  let depth = 0;
  return words.filter((word) => {
    depth += nesting(word);
    return depth <= 0;
  });
}

function nesting(word: string): number {
  return word === '(' ? 1 : word === ')' ? -1 : 0;
}
