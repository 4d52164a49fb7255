import type { Dialect } from './dialects.ts';
import { isOneOf } from './split.ts';
import { type Token, tokenize } from './tokens.ts';

const MASK = '?';

/**
 * Replaces every literal and every password by `?`, removes comments, and leaves identifiers and shape. Never throws;
 * linear in the text's length.
 *
 * Fails closed: what cannot be told for certain to be code, and every text of an unknown dialect, is masked.
 */
export function redact(text: string, dialect: Dialect | null): string {
  if (dialect === null) return MASK;
  const { list, uncertainFrom } = tokenize(text, dialect);
  const findPassword = createPasswordFinder(text, dialect);
  let redacted = '';
  let end = 0;
  /** Whether what hangs on to the last token is a part of it, as in 123abc or p@ss!word. */
  let goesOn = false;
  for (const token of list) {
    if (uncertainFrom !== null && token.start >= uncertainFrom) break;
    const { kind, start } = token;
    const apart = start > end;
    const isPassword = findPassword(token);
    const isRest: boolean = goesOn && !apart && (isPassword || kind === 'number' || kind === 'word');
    if (apart && redacted !== '') redacted += ' ';
    if (isPassword || kind === 'string' || kind === 'number') redacted += isRest ? '' : MASK;
    else if (!isRest) redacted += text.slice(start, token.end);
    goesOn = isPassword || kind === 'number' || isRest;
    end = token.end;
  }
  if (uncertainFrom === null) return redacted;
  return redacted === '' ? MASK : `${redacted} ${MASK}`;
}

/** What may stand behind PASSWORD in the definition of an account, and is none. */
const NO_PASSWORDS = new Set([
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

/** What may stand between IDENTIFIED BY and the password. */
const PASSWORD_FOLLOWS = new Set(['PASSWORD', 'VALUES']);

const ACCOUNT_VERBS = new Set(['CREATE', 'ALTER', 'SET', 'GRANT', 'START', 'ADMINISTER']);

/**
 * Answers, token by token, which ones are passwords: the grammars want most of them in quotes, but not Oracle's, and a
 * statement that failed for want of quotes is recorded too.
 */
function createPasswordFinder(text: string, dialect: Dialect): (token: Token) => boolean {
  let verb = '';
  let identified = false;
  let qualified = false;
  let setsPassword = false;
  /** What the last words were, the last one first. */
  let [last, beforeLast] = ['', ''];
  /** Whether a password is to come, or is going on. */
  let state: 'none' | 'awaited' | 'going on' = 'none';
  let end = 0;

  return (token) => {
    const { kind, start } = token;
    const word = kind === 'word' || kind === 'symbol' ? text.slice(start, token.end).toUpperCase() : '';
    const apart = start > end;
    end = token.end;
    if (word === ';') [verb, identified, qualified, setsPassword] = ['', false, false, false];
    else if (verb === '') verb = word;

    if (state === 'going on') {
      if (!apart && !isDelimiter(word)) return true;
      state = listsPasswords(word) ? 'awaited' : 'none';
      if (state === 'awaited') return remember(word);
    }
    if (state === 'awaited' && !isOpening(word)) {
      if (PASSWORD_FOLLOWS.has(word)) return remember(word);
      state = isDelimiter(word) || !isPassword(word) ? 'none' : 'going on';
      if (state === 'going on') return true;
    }
    if (state === 'none' && kind === 'identifier' && last === 'PASSWORD') return true;
    remember(word);
    if (state === 'none' && announces(word)) state = 'awaited';
    return false;
  };

  function remember(word: string): false {
    [last, beforeLast] = [word, last];
    if (word === 'PASSWORD' && beforeLast === 'SET' && verb === 'SET') setsPassword = true;
    if (word === '.') qualified = true;
    if (word === 'IDENTIFIED' && ACCOUNT_VERBS.has(verb)) identified = true;
    return false;
  }

  function announces(word: string): boolean {
    switch (word) {
      case 'BY':
        return beforeLast === 'IDENTIFIED' || (identified && beforeLast !== 'AUTHENTICATED');
      case 'REPLACE':
        return identified;
      case 'AS':
        return identified && dialect === 'mysql';
      case 'SET':
        return identified && verb === 'ADMINISTER';
      case 'SECRET':
        return verb === 'ADMINISTER';
      case 'USING':
        return isOneOf(beforeLast, 'ENCRYPT', 'DECRYPT');
      case 'PASSWORD':
        return ACCOUNT_VERBS.has(verb);
      case '=':
        return setsPassword || setsOwnParameter() || /(?:PASSWORD|SECRET|PWD)$/.test(beforeLast);
      case 'TO':
        return setsOwnParameter();
      default:
        return false;
    }
  }

  // PostgreSQL's SET app.token TO abc needs no quotes.
  function setsOwnParameter(): boolean {
    return verb === 'SET' && qualified && dialect === 'postgresql';
  }

  // GRANT … TO a, b IDENTIFIED BY p, q
  function listsPasswords(word: string): boolean {
    return word === ',' && dialect === 'oracle' && verb === 'GRANT';
  }

  function isPassword(word: string): boolean {
    return !NO_PASSWORDS.has(word) && !(word === 'RANDOM' && last === 'BY');
  }
}

function isDelimiter(word: string): boolean {
  return word === ',' || word === ';' || word === ')';
}

function isOpening(word: string): boolean {
  return word === '(' || word === '=';
}
