import { type Dialect, LEXIS, type Lexis } from './dialects.ts';

/**
 * `word`: keyword or plain identifier; `identifier`: a quoted one; `string`: of any style, dollar-quoted bodies included;
 * `symbol`: one character, or a positional parameter such as `$1`.
 */
export type TokenKind = 'word' | 'identifier' | 'string' | 'number' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Tokens {
  readonly list: readonly Token[];
  /** From here on what is code and what is not is not certain, as behind a quote that nothing closes; null if all is. */
  readonly uncertainFrom: number | null;
}

/** How many tokens of a text are read: a statement of megabytes must not take a hundred times that in memory. */
export const MAX_TOKENS = 100_000;

/**
 * SQL text → tokens, without comments and white space. Never throws; linear in the text's length.
 *
 * Whether MySQL runs what stands in `/*!80000 … *\/` depends on its version: `executed` says whether it is code here.
 */
export function tokenize(text: string, dialect: Dialect, executed = true): Tokens {
  const lexis = LEXIS[dialect];
  const list: Token[] = [];
  let uncertainFrom: number | null = null;
  let executedComments = 0;
  let at = 0;
  /** The last text in quotes. */
  let quoted: Token | undefined;
  /**
   * The first text in quotes that may end elsewhere: a keyword hangs on to it, or it ends at a backslash that escapes or not
   * as the session says. Where it does, the rest does not come out even, or a comment holds the odd quote.
   */
  let suspectFrom: number | undefined;
  /** Whether the last string was E'…', which may be continued on the next line. */
  let escaped = false;

  function push(kind: TokenKind, end: number): void {
    list.push({ kind, start: at, end });
    at = end;
  }

  function pushClosed(kind: TokenKind, end: number | null): void {
    if (end === null) doubtFrom(at);
    push(kind, end ?? text.length);
  }

  function doubtFrom(from: number): void {
    uncertainFrom = Math.min(uncertainFrom ?? from, suspectFrom ?? from, from);
  }

  function skipComment(end: number): void {
    // Behind a suspect string a comment may be none.
    if (suspectFrom !== undefined && /['"]/.test(text.slice(at, end))) doubtFrom(at);
    at = end;
  }

  function pushWord(end: number): void {
    // 'O'Brien': a word that begins where a string ends may be a part of it.
    if (quoted?.end === at) doubtGlued(quoted, text.slice(at, end));
    push('word', end);
  }

  function pushNumber(end: number): void {
    if (quoted?.end === at) doubtFrom(quoted.start);
    push('number', end);
  }

  function doubtGlued(string: Token, word: string): void {
    if (GLUED.has(word.toUpperCase())) suspectFrom ??= string.start;
    else doubtFrom(string.start);
  }

  function pushString(): void {
    const previous = list.at(-1);
    if (lexis.quoteDelimiters && isPrefix(text, previous, at, 'Q', 'NQ')) {
      pushClosed('string', endOfDelimited(text, at));
      return;
    }
    // Two strings in one where an apostrophe was not doubled: 'the dogs' own dog's'
    if (quoted !== undefined && endsWord(previous, at) && !isTyped(text, previous, at)) {
      doubtGlued(quoted, text.slice(previous.start, at));
    }
    if (lexis.backslashes === 'behind E') {
      escaped = isPrefix(text, previous, at, 'E') || (escaped && continuesString(text, previous, at));
    }
    const escapes = lexis.backslashes === 'as the session says' || escaped;
    const end = endOfQuoted(text, at, escapes);
    // NO_BACKSLASH_ESCAPES, standard_conforming_strings: only E'…' is certain.
    const doubted = lexis.backslashes !== 'never' && !escaped;
    if (doubted && suspectFrom === undefined && end !== endOfQuoted(text, at, !escapes)) suspectFrom = at;
    pushClosed('string', end);
    quoted = list.at(-1);
  }

  while (at < text.length && list.length < MAX_TOKENS) {
    const code = text.charCodeAt(at);
    if (isSpace(code) || OTHER_SPACES.has(code)) {
      at++;
    } else if (isWordStart(code, lexis)) {
      pushWord(endOfWord(text, at, lexis));
    } else if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(at + 1)) && !endsName(list.at(-1), at))) {
      const endOfName = lexis.digitsBeginNames && isDigit(code) ? endOfWord(text, at, lexis) : at;
      if (endOfName > at && isName(text.slice(at, endOfName))) pushWord(endOfName);
      else pushNumber(endOfNumber(text, at, lexis));
    } else if (code === SINGLE_QUOTE || (code === DOUBLE_QUOTE && lexis.doubleQuotes === 'string')) {
      pushString();
    } else if (code === DOUBLE_QUOTE || (code === BACKTICK && lexis.backticks)) {
      pushClosed('identifier', endOfQuoted(text, at, false));
    } else if (code === OPENING_BRACKET && lexis.brackets) {
      pushClosed('identifier', endOfQuoted(text, at, false, CLOSING_BRACKET));
    } else if (isLineComment(text, at, lexis)) {
      skipComment(endOfLine(text, at, lexis));
    } else if (text.startsWith('/*', at)) {
      const version = lexis.mysqlComments ? runFromVersion(text, at) : null;
      if (version !== null) uncertainFrom ??= at;
      if (version !== null && (executed || Number(version) <= OLDEST_VERSION)) {
        executedComments++;
        at += '/*!'.length + version.length;
      } else {
        // In one that is not run comments may nest.
        const end = endOfComment(text, at, lexis.nestedComments || version !== null);
        if (end === null) doubtFrom(at);
        skipComment(end ?? text.length);
      }
    } else if (executedComments > 0 && text.startsWith('*/', at)) {
      executedComments--;
      at += 2;
    } else if (code === DOLLAR && lexis.dollarQuotes) {
      const tag = dollarTag(text, at, lexis);
      if (tag !== null) {
        const close = text.indexOf(tag, at + tag.length);
        pushClosed('string', close === -1 ? null : close + tag.length);
      } else {
        push('symbol', endOfDigits(text, at + 1));
      }
    } else {
      // Outside of quotes a backslash is no code: it may continue a literal on the next line.
      if (LIKE_QUOTES.has(code) || (code === BACKSLASH && !isNull(text, at, lexis))) doubtFrom(at);
      push('symbol', at + 1);
    }
  }
  if (at < text.length) doubtFrom(at);
  return { list, uncertainFrom };
}

/** Whether the token begins where the one before it ends. */
export function isGlued(list: readonly Token[], position: number): boolean {
  return list[position]?.start === list[position - 1]?.end;
}

const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const DOLLAR = 0x24;
const HASH = 0x23;
const AT_SIGN = 0x40;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const DELETE = 0x7f;
const BYTE_ORDER_MARK = 0xfeff;

function isSpace(code: number): boolean {
  return code <= 0x20;
}

/** White space to one server or another; to those that take it for a letter the text makes no sense. */
const OTHER_SPACES: ReadonlySet<number> = new Set([
  ...[0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, BYTE_ORDER_MARK],
  ...Array.from({ length: 11 }, (_, at) => 0x2000 + at),
]);

/** What an editor, or a conversion between character sets, makes of a quote, or a quote of it. */
const LIKE_QUOTES: ReadonlySet<number> = new Set([
  ...[0xb4, 0x2b9, 0x2ba, 0x2bb, 0x2bc, 0x2018, 0x2019, 0x201a, 0x201b, 0x201c, 0x201d, 0x201e, 0x201f],
  ...[0x2032, 0x2033, 0xff02, 0xff07],
]);

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number, lexis: Lexis): boolean {
  if (code >= 0x80) {
    return !OTHER_SPACES.has(code) && !LIKE_QUOTES.has(code) && !(lexis.currencySigns && isCurrencySign(code));
  }
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === UNDERSCORE ||
    (code === HASH && lexis.nameMarks.includes('#')) ||
    (code === AT_SIGN && lexis.nameMarks.includes('@'))
  );
}

function isCurrencySign(code: number): boolean {
  return /\p{Sc}/u.test(String.fromCharCode(code));
}

function isPartOfWord(code: number, lexis: Lexis): boolean {
  return isWordStart(code, lexis) || isDigit(code) || code === DOLLAR;
}

function endOfWord(text: string, start: number, lexis: Lexis): number {
  let end = start + 1;
  while (isPartOfWord(text.charCodeAt(end), lexis)) end++;
  return end;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

// Of 1DROP the number is 1: where no name begins with a digit, a keyword may follow at once.
function endOfNumber(text: string, start: number, lexis: Lexis): number {
  if (/^0[xX]/.test(text.slice(start, start + 2))) return endOfWord(text, start, lexis);
  let end = endOfDigits(text, start);
  // 1..9 is a range
  if (text.charCodeAt(end) === DOT && text.charCodeAt(end + 1) !== DOT) end = endOfDigits(text, end + 1);
  const [exponent] = /^[eE][-+]?[0-9]/.exec(text.slice(end, end + 3)) ?? [''];
  return exponent === '' ? end : endOfDigits(text, end + exponent.length);
}

// MySQL's 2024_sales is a name, and 1e5, 0xFF and 0b1 are not.
function isName(text: string): boolean {
  return !/^(?:[0-9]+(?:[eE][0-9]*)?|0[xX][0-9a-fA-F]*|0[bB][01]*)$/.test(text);
}

// The end of text in quotes, in which a doubled closing quote stands for itself; null where nothing closes it.
function endOfQuoted(text: string, start: number, escapes: boolean, close = text.charCodeAt(start)): number | null {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (escapes && code === BACKSLASH) at++;
    else if (code === close) {
      if (text.charCodeAt(at + 1) !== close) return at + 1;
      at++;
    }
  }
  return null;
}

const CLOSING_DELIMITERS: ReadonlyMap<string, string> = new Map([
  ['[', ']'],
  ['{', '}'],
  ['(', ')'],
  ['<', '>'],
]);

// Oracle's q'[ … ]': nothing is escaped in it.
function endOfDelimited(text: string, start: number): number | null {
  const opening = String.fromCodePoint(text.codePointAt(start + 1) ?? 0);
  const closing = `${CLOSING_DELIMITERS.get(opening) ?? opening}'`;
  const close = text.indexOf(closing, start + 1 + opening.length);
  return close === -1 ? null : close + closing.length;
}

/** Whether the token right before this place is one of the prefixes, as E of E'…'. */
function isPrefix(text: string, previous: Token | undefined, at: number, ...prefixes: readonly string[]): boolean {
  if (previous?.end !== at || previous.kind !== 'word') return false;
  return prefixes.includes(text.slice(previous.start, at).toUpperCase());
}

/** Keywords that may stand without a space between two literals. */
const GLUED: ReadonlySet<string> = new Set([
  ...[
    'AND',
    'AS',
    'BETWEEN',
    'BY',
    'COLLATE',
    'COMMENT',
    'DEFAULT',
    'ELSE',
    'END',
    'ESCAPE',
    'FROM',
    'GROUP',
    'HAVING',
  ],
  ...[
    'ILIKE',
    'IN',
    'INTO',
    'IS',
    'LIKE',
    'LIMIT',
    'NOT',
    'ON',
    'OR',
    'ORDER',
    'REGEXP',
    'RLIKE',
    'SELECT',
    'SEPARATOR',
  ],
  ...['THEN', 'TO', 'UNION', 'USING', 'VALUES', 'WHEN', 'WHERE', 'WITH', 'XOR'],
]);

const TYPED = [
  ...[
    'B',
    'D',
    'DATE',
    'E',
    'INET',
    'INTERVAL',
    'JSON',
    'JSONB',
    'N',
    'T',
    'TIME',
    'TIMESTAMP',
    'TIMESTAMPTZ',
    'TIMETZ',
  ],
  ...['TS', 'UUID', 'X', 'ZONE'],
];

/** Whether the token right before this place says what kind of literal follows, as DATE of DATE'…', or MySQL's _utf8mb4. */
function isTyped(text: string, previous: Token | undefined, at: number): boolean {
  return isPrefix(text, previous, at, ...TYPED) || (previous !== undefined && text[previous.start] === '_');
}

function endsWord(previous: Token | undefined, at: number): previous is Token {
  return previous?.end === at && (previous.kind === 'word' || previous.kind === 'number');
}

// PostgreSQL makes one string of two that only a line's end, and comments, separate.
function continuesString(text: string, previous: Token | undefined, at: number): boolean {
  return previous?.kind === 'string' && text.slice(previous.end, at).includes('\n');
}

/** MySQL's \N */
function isNull(text: string, at: number, lexis: Lexis): boolean {
  return lexis.mysqlComments && text[at + 1] === 'N';
}

function endsName(previous: Token | undefined, at: number): boolean {
  return previous?.end === at && (previous.kind === 'word' || previous.kind === 'identifier');
}

function isLineComment(text: string, at: number, lexis: Lexis): boolean {
  if (lexis.mysqlComments && text.charCodeAt(at) === HASH) return true;
  if (!text.startsWith('--', at)) return false;
  if (!lexis.mysqlComments || at + 2 >= text.length) return true;
  const next = text.charCodeAt(at + 2);
  return isSpace(next) || next === DELETE;
}

function endOfLine(text: string, start: number, lexis: Lexis): number {
  for (let end = start; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x0a || (code === 0x0d && !lexis.mysqlComments)) return end;
  }
  return text.length;
}

function endOfComment(text: string, start: number, nested: boolean): number | null {
  let depth = 1;
  for (let at = start + 2; at < text.length; at++) {
    if (text.startsWith('*/', at)) {
      at++;
      if (--depth === 0) return at + 1;
    } else if (nested && text.startsWith('/*', at)) {
      at++;
      depth++;
    }
  }
  return null;
}

/** The oldest Aurora MySQL with activity streams: 5.7.12. */
const OLDEST_VERSION = 50_712;

/** The version from which on MySQL runs a comment, empty where each does; null where it is a comment for all. */
function runFromVersion(text: string, start: number): string | null {
  if (text[start + 2] !== '!') return null;
  return /^[0-9]{5,6}/.exec(text.slice(start + 3, start + 9))?.[0] ?? '';
}

function dollarTag(text: string, start: number, lexis: Lexis): string | null {
  let end = start + 1;
  if (isWordStart(text.charCodeAt(end), lexis)) {
    while (isWordStart(text.charCodeAt(end), lexis) || isDigit(text.charCodeAt(end))) end++;
  }
  return text.charCodeAt(end) === DOLLAR ? text.slice(start, end + 1) : null;
}
