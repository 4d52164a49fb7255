import { LRUCache } from 'lru-cache';
import { STATEMENT_CLASSES, type StatementClass } from '../activity.ts';
import { DIALECTS, type Dialect, LEXIS } from './dialects.ts';
import { isFunctionOfQuery, split } from './split.ts';
import { namesProcedure } from './split-sqlserver.ts';
import { MAX_TOKENS, tokenize } from './tokens.ts';
import { findObject, longestPhrase, VERBS } from './verbs.ts';
import { CHANGING_VERBS, isOneOf, nesting, outermost, QUERY_VERBS, readWords, type Words } from './words.ts';

export interface Statement {
  readonly class: StatementClass;
  /** The verb, such as `CREATE INDEX`; null where the statement is not understood. */
  readonly action: string | null;
}

const NOT_UNDERSTOOD: Statement = { class: 'UNKNOWN', action: null };

/** Programs send the same text again and again: what was found is kept of so many texts of a dialect, if they are short. */
const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 1_000;
const REMEMBERED = new Map(
  [null, ...DIALECTS].map((dialect) => [dialect, new LRUCache<string, Statement>({ max: MOST_REMEMBERED })]),
);

/**
 * SQL text → its class and verb. Of several statements, and of a text of an unknown dialect's several readings, the most
 * sensitive one decides. Never throws; linear in the text's length.
 */
export function classifyStatement(text: string, dialect: Dialect | null): Statement {
  if (text.length > LONGEST_REMEMBERED) return readClass(text, dialect);
  const remembered = REMEMBERED.get(dialect);
  const found = remembered?.get(text);
  if (found !== undefined) return found;
  const statement = readClass(text, dialect);
  remembered?.set(text, statement);
  return statement;
}

function readClass(text: string, dialect: Dialect | null): Statement {
  const statements =
    dialect === null ? DIALECTS.map((each) => classifyStatement(text, each)) : readBothWays(text, dialect);
  const decisive = mostSensitive(statements.map((statement) => statement.class));
  return statements.find((statement) => statement.class === decisive) ?? NOT_UNDERSTOOD;
}

/** The most sensitive of the classes; `UNKNOWN` where there is none. */
export function mostSensitive(classes: readonly StatementClass[]): StatementClass {
  return STATEMENT_CLASSES.find((candidate) => classes.includes(candidate)) ?? 'UNKNOWN';
}

/** The most sensitive of the classes that say something; `UNKNOWN` where none does. */
export function mostSensitiveKnown(classes: readonly StatementClass[]): StatementClass {
  return mostSensitive(classes.filter((each) => each !== 'UNKNOWN'));
}

function readBothWays(text: string, dialect: Dialect): readonly Statement[] {
  const statements = readStatements(text, dialect, true);
  // A server runs `/*!80000 … */`, or skips it, by its version: the more sensitive reading decides.
  if (!LEXIS[dialect].mysqlComments || !text.includes('/*!')) return statements;
  return [...statements, ...readStatements(text, dialect, false)];
}

function readStatements(text: string, dialect: Dialect, executed: boolean): readonly Statement[] {
  const { list } = tokenize(text, dialect, executed);
  const words = readWords(text, list);
  const statements = split(words, dialect).map(({ start, end }) => classifyOne(words.slice(start, end), dialect, 0));
  // The rest of an endless text may hold anything.
  return list.length < MAX_TOKENS ? statements : [...statements, NOT_UNDERSTOOD];
}

type Rule = (words: Words, dialect: Dialect, depth: number) => Statement;

/** How deep a statement can stand in another one: EXPLAIN ANALYZE DECLARE c CURSOR FOR WITH … (WITH … SELECT) */
const MOST_DEPTH = 8;

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
  ['PREPARE', classifyPrepare],
  ['DECLARE', classifyDeclare],
]);

/** Those that a dialect has beside them. */
const RULES_OF_DIALECT: Readonly<Record<Dialect, ReadonlyMap<string, Rule>>> = {
  postgresql: RULES,
  mysql: RULES,
  oracle: new Map([...RULES, ['BEGIN', classifyBlock], ['DECLARE', classifyBlock], ['<', classifyBlock]]),
  sqlserver: new Map([...RULES, ['IF', classifyCondition], ['WHILE', classifyCondition], ['WAITFOR', classifyWait]]),
};

/** (SELECT …), and ODBC's {? = call f()} */
const BEFORE_VERBS = ['(', '{', '?', '='];

function classifyOne(statement: Words, dialect: Dialect, depth: number): Statement {
  if (depth > MOST_DEPTH) return NOT_UNDERSTOOD;
  const verb = statement.findIndex((word) => !BEFORE_VERBS.includes(word));
  if (verb === -1) return NOT_UNDERSTOOD;
  const words = statement.slice(verb);
  const rule = RULES_OF_DIALECT[dialect].get(words[0] ?? '');
  if (rule !== undefined) return rule(words, dialect, depth);
  const found = longestPhrase(VERBS[dialect], words, 0);
  if (found !== null) return { class: found.class, action: found.phrase };
  return dialect === 'sqlserver' && (words[1] === '.' || namesProcedure(words, 0))
    ? { class: 'EXECUTE', action: 'EXECUTE' }
    : NOT_UNDERSTOOD;
}

function classifyStructure(words: Words, dialect: Dialect): Statement {
  const verb = words[0] as string;
  const object = findObject(words, 0, dialect);
  if (object === null) return { class: 'DDL', action: verb };
  // A user may have the name `mapping`.
  if (object.phrase === 'USER MAPPING' && !isOneOf(words[object.at + 2], 'FOR', 'IF')) {
    return { class: 'DCL', action: `${verb} USER` };
  }
  const action = `${verb} ${object.phrase}`;
  // CREATE SCHEMA may hold the schema's first tables and privileges.
  const grants = action === 'CREATE SCHEMA' && outermost(words).includes('GRANT');
  return { class: grants ? 'DCL' : object.class, action };
}

// SELECT … INTO creates a table; MySQL's fills variables or a file, PL/SQL's a variable.
function classifySelect(words: Words, dialect: Dialect): Statement {
  const creates = isOneOf(dialect, 'postgresql', 'sqlserver') && fillsTable(outermost(words));
  return { class: creates ? 'DDL' : changesInParentheses(words) ? 'DML' : 'DQL', action: 'SELECT' };
}

// A column may have the name `into`.
function fillsTable(words: Words): boolean {
  return words.some((word, at) => word === 'INTO' && !isOneOf(words[at - 1], 'AS', '.'));
}

const MAIN_VERBS = new Set([...QUERY_VERBS, 'REPLACE', 'VALUES', 'TABLE']);

/** Behind these a part of WITH has a name of its own, or SEARCH and CYCLE name a column. */
const BEFORE_NAMES = ['WITH', 'RECURSIVE', ',', 'BY', 'CYCLE', 'SET', 'USING'];

function classifyWith(withFunctions: Words, dialect: Dialect, depth: number): Statement {
  const words = withoutFunctions(withFunctions);
  let open = 0;
  const main = words.findIndex((word, at) => {
    // WITH … AS (…) (SELECT …)
    if (open === 0 && word === '(' && words[at - 1] === ')') return true;
    open += nesting(word);
    return open === 0 && MAIN_VERBS.has(word) && !isOneOf(words[at - 1], ...BEFORE_NAMES);
  });
  const statement = main === -1 ? NOT_UNDERSTOOD : classifyOne(words.slice(main), dialect, depth + 1);
  const decisive = changesInParentheses(words) ? mostSensitive([statement.class, 'DML']) : statement.class;
  return { class: decisive, action: statement.action };
}

function withoutFunctions(words: Words): Words {
  return isFunctionOfQuery(words, 1) ? words.slice(words.lastIndexOf(';', words.length - 2) + 1) : words;
}

function changesInParentheses(words: Words): boolean {
  let depth = 0;
  return words.some((word, at) => {
    depth += nesting(word);
    return depth > 0 && CHANGING_VERBS.has(word) && followsTables(words, at) && beginsChange(words, at);
  });
}

// (DELETE …), (WITH b AS (…) DELETE …), (WITH b AS (…) SEARCH DEPTH FIRST BY x SET y DELETE …)
function followsTables(words: Words, at: number): boolean {
  return isOneOf(words[at - 1], '(', ')') || isOneOf(words[at - 2], 'SET', 'USING');
}

/** How far behind UPDATE its SET can stand: UPDATE ONLY (U&"db".schema.t UESCAPE '!') AS alias SET */
const MOST_OF_TARGET = 24;

// The verbs may be names of columns and functions too.
function beginsChange(words: Words, at: number): boolean {
  if (words[at] === 'UPDATE') return words[at + 1] !== '(' && words.slice(at + 2, at + MOST_OF_TARGET).includes('SET');
  return words[at + 1] === (words[at] === 'DELETE' ? 'FROM' : 'INTO');
}

function classifyExplain(words: Words, dialect: Dialect, depth: number): Statement {
  const action = words[1] === 'PLAN' ? 'EXPLAIN PLAN' : (words[0] as string);
  const listed = words[1] === '(';
  const options = listed ? readList(words.slice(2, words.indexOf(')'))) : words.slice(1, 3).map((word) => [word]);
  const begin = listed ? words.indexOf(')') + 1 : words.findIndex((word, at) => at > 0 && EXPLAINABLE.has(word));
  const runs = begin > 0 && begin < words.length && analyzes(options);
  if (runs) return { ...classifyOne(words.slice(begin), dialect, depth + 1), action };
  // DESCRIBE of a table reads; of a statement it is a synonym of EXPLAIN.
  const explains = words[0] === 'EXPLAIN' || words[1] === 'FOR' || begin > 0;
  return { class: explains ? 'MISC' : 'DQL', action };
}

const EXPLAINABLE = new Set([...MAIN_VERBS, 'WITH', 'CREATE', 'EXECUTE', 'DECLARE', 'REFRESH']);

function readList(words: Words): readonly Words[] {
  const commas = words.flatMap((word, at) => (word === ',' ? [at] : []));
  return [...commas, words.length].map((end, at) => words.slice(at === 0 ? 0 : (commas[at - 1] as number) + 1, end));
}

// Of several options of one name the last counts, and what is not clearly off is on.
function analyzes(options: readonly Words[]): boolean {
  const analyze = options.findLast(
    // A name behind U& may be written in any way.
    ([name, mark]) => isOneOf(name, 'ANALYZE', 'ANALYSE', '"analyze"') || (name === 'U' && mark === '&'),
  );
  return analyze !== undefined && !isOneOf(analyze[1], 'FALSE', 'OFF', '0');
}

function classifyCopy(words: Words): Statement {
  if (words[1] === '(') return { class: changesInParentheses(words) ? 'DML' : 'DQL', action: 'COPY' };
  const direction = outermost(words).find((word) => word === 'FROM' || word === 'TO');
  if (direction === undefined) return NOT_UNDERSTOOD;
  return { class: direction === 'FROM' ? 'DML' : 'DQL', action: 'COPY' };
}

// A prepared statement may have the name `transaction`.
function classifyPrepare(words: Words, dialect: Dialect): Statement {
  const found = longestPhrase(VERBS[dialect], isOneOf(words[2], 'AS', 'FROM', '(') ? ['PREPARE'] : words, 0);
  return found === null ? NOT_UNDERSTOOD : { class: found.class, action: found.phrase };
}

// DECLARE … CURSOR … FOR query; in Transact-SQL variables too.
function classifyDeclare(words: Words, dialect: Dialect, depth: number): Statement {
  const query = words.indexOf('FOR');
  if (words.slice(0, query + 1).includes('CURSOR')) {
    return { class: classifyOne(words.slice(query + 1), dialect, depth + 1).class, action: 'DECLARE CURSOR' };
  }
  return dialect === 'sqlserver' ? { class: 'MISC', action: 'DECLARE' } : NOT_UNDERSTOOD;
}

// A block is code, and changes data where it holds a statement that does: ids.DELETE(1) and FOR UPDATE are none.
function classifyBlock(words: Words): Statement {
  const changes = words.some(
    (word, at) => CHANGING_VERBS.has(word) && !isOneOf(words[at - 1], '.', 'FOR') && hasTarget(words, at),
  );
  return {
    class: changes ? 'DML' : 'EXECUTE',
    action: words.find((word) => isOneOf(word, 'BEGIN', 'DECLARE')) ?? 'BEGIN',
  };
}

function hasTarget(words: Words, at: number): boolean {
  switch (words[at]) {
    case 'INSERT':
      return isOneOf(words[at + 1], 'INTO', 'ALL', 'FIRST');
    case 'MERGE':
      return words[at + 1] === 'INTO';
    default:
      // UPDATE (SELECT …) SET
      return words[at + 1] === '(' ? isOneOf(words[at + 2], 'SELECT', 'WITH') : !isOneOf(words[at + 1], '=', ':', ';');
  }
}

function classifyCondition(words: Words): Statement {
  const calls = words.some((_, at) => namesProcedure(words, at));
  return { class: calls ? 'EXECUTE' : words.includes('SELECT') ? 'DQL' : 'MISC', action: words[0] as string };
}

// WAITFOR (RECEIVE …)
function classifyWait(words: Words, dialect: Dialect, depth: number): Statement {
  return words[1] === '(' ? classifyOne(words.slice(2), dialect, depth + 1) : { class: 'MISC', action: 'WAITFOR' };
}
