export type Dialect = 'postgresql' | 'mysql';

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
 * Whether MySQL runs what stands in `/*! … *\/` depends on its version: `executed` says whether it is code here.
 * https://dev.mysql.com/doc/refman/8.4/en/comments.html
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function tokenize(text: string, dialect: Dialect, executed = true): Tokens {
  const list: Token[] = [];
  const mysql = dialect === 'mysql';
  let uncertainFrom: number | null = null;
  let executedComments = 0;
  let at = 0;

  function push(kind: TokenKind, end: number): void {
    list.push({ kind, start: at, end });
    at = end;
  }

  function pushClosed(kind: TokenKind, end: number | null): void {
    if (end === null) uncertainFrom ??= at;
    push(kind, end ?? text.length);
  }

  while (at < text.length && list.length < MAX_TOKENS) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at++;
    } else if (isWordStart(code)) {
      push('word', endOfWord(text, at));
    } else if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(at + 1)) && !endsName(list.at(-1), at))) {
      const end = endOfNumber(text, at);
      push(mysql && isName(text.slice(at, end)) ? 'word' : 'number', end);
    } else if (code === SINGLE_QUOTE || (mysql && code === DOUBLE_QUOTE)) {
      const escapes = mysql || hasEscapePrefix(text, list.at(-1), at);
      const end = endOfQuoted(text, at, escapes);
      // Whether a backslash escapes depends on the session: NO_BACKSLASH_ESCAPES, standard_conforming_strings. Only E'…'
      // is certain.
      if (uncertainFrom === null && (mysql || !escapes) && end !== endOfQuoted(text, at, !escapes)) uncertainFrom = at;
      pushClosed('string', end);
    } else if (code === DOUBLE_QUOTE || (mysql && code === BACKTICK)) {
      pushClosed('identifier', endOfQuoted(text, at, false));
    } else if (isLineComment(text, at, mysql)) {
      at = endOfLine(text, at);
    } else if (text.startsWith('/*', at)) {
      if (mysql && text[at + 2] === '!') uncertainFrom ??= at;
      if (mysql && text[at + 2] === '!' && executed) {
        executedComments++;
        at = endOfVersion(text, at + 3);
      } else {
        const end = endOfComment(text, at, !mysql);
        if (end === null) uncertainFrom ??= at;
        at = end ?? text.length;
      }
    } else if (executedComments > 0 && text.startsWith('*/', at)) {
      executedComments--;
      at += 2;
    } else if (!mysql && code === DOLLAR) {
      const tag = dollarTag(text, at);
      if (tag !== null) {
        const close = text.indexOf(tag, at + tag.length);
        pushClosed('string', close === -1 ? null : close + tag.length);
      } else {
        push('symbol', endOfDigits(text, at + 1));
      }
    } else {
      push('symbol', at + 1);
    }
  }
  if (at < text.length) uncertainFrom ??= at;
  return { list, uncertainFrom };
}

const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const BYTE_ORDER_MARK = 0xfeff;

function isSpace(code: number): boolean {
  return code <= 0x20 || code === BYTE_ORDER_MARK;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === UNDERSCORE || isForeign(code);
}

function isForeign(code: number): boolean {
  return code >= 0x80 && code !== BYTE_ORDER_MARK;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === DOLLAR;
}

function endOfWord(text: string, start: number): number {
  let end = start + 1;
  while (isWordPart(text.charCodeAt(end))) end++;
  return end;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

// Takes all that hangs together: of `1e-5`, `0xFF`, `1_000` and of MySQL's names such as `2024_sales`.
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (;;) {
    const code = text.charCodeAt(end);
    if (isWordPart(code) || code === DOT) end++;
    else if ((code === 0x2b || code === 0x2d) && isExponent(text, start, end)) end++;
    else return end;
  }
}

// MySQL's names may begin with a digit.
function isName(text: string): boolean {
  return !text.includes('.') && !/^(?:[0-9]+(?:[eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F]*|0[bB][01]*)$/.test(text);
}

function isExponent(text: string, start: number, sign: number): boolean {
  return (
    /[eE]/.test(text[sign - 1] ?? '') &&
    !/^0[xX]/.test(text.slice(start, start + 2)) &&
    isDigit(text.charCodeAt(sign + 1))
  );
}

// The end of text in quotes, in which a doubled quote stands for itself; null where nothing closes it.
function endOfQuoted(text: string, start: number, escapes: boolean): number | null {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (escapes && code === BACKSLASH) at++;
    else if (code === quote) {
      if (text.charCodeAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  return null;
}

function hasEscapePrefix(text: string, previous: Token | undefined, at: number): boolean {
  return previous?.end === at && previous.end - previous.start === 1 && /[eE]/.test(text[previous.start] ?? '');
}

function endsName(previous: Token | undefined, at: number): boolean {
  return previous?.end === at && (previous.kind === 'word' || previous.kind === 'identifier');
}

// MySQL wants white space behind `--`, and knows `#`.
function isLineComment(text: string, at: number, mysql: boolean): boolean {
  if (mysql && text[at] === '#') return true;
  if (!text.startsWith('--', at)) return false;
  return !mysql || at + 2 >= text.length || isSpace(text.charCodeAt(at + 2));
}

function endOfLine(text: string, start: number): number {
  for (let end = start; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x0a || code === 0x0d) return end;
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

function endOfVersion(text: string, start: number): number {
  return Math.min(endOfDigits(text, start), start + 6);
}

function dollarTag(text: string, start: number): string | null {
  let end = start + 1;
  if (isWordStart(text.charCodeAt(end))) {
    while (isWordStart(text.charCodeAt(end)) || isDigit(text.charCodeAt(end))) end++;
  }
  return text.charCodeAt(end) === DOLLAR ? text.slice(start, end + 1) : null;
}
