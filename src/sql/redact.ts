import { findBareStrings } from './bare-strings.ts';
import type { Dialect } from './dialects.ts';
import { findPasswords } from './passwords.ts';
import { tokenize } from './tokens.ts';
import { isOneOf, readWords, type Words } from './words.ts';

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
  const words = readWords(text, list);
  const passwords = findPasswords(list, words, dialect);
  const strings = findBareStrings(list, words, dialect);
  const foreignFrom = dialect === 'oracle' ? list[beginningOfForeignCode(words)]?.start : undefined;
  const unreadFrom = Math.min(uncertainFrom ?? text.length, foreignFrom ?? text.length);
  let redacted = '';
  let end = 0;
  /** Whether what hangs on to the last token is a part of it, as in 123abc or p@ss!word. */
  let goesOn = false;
  for (const [position, { kind, start, end: tokenEnd }] of list.entries()) {
    if (start >= unreadFrom) break;
    const apart = start > end;
    const isBare = passwords.has(position) || strings.has(position);
    const isRest: boolean = goesOn && !apart && (isBare || kind === 'number' || kind === 'word');
    if (apart && redacted !== '') redacted += ' ';
    if (isBare || kind === 'string' || kind === 'number') redacted += isRest ? '' : MASK;
    else if (!isRest) redacted += text.slice(start, tokenEnd);
    goesOn = isBare || kind === 'number' || isRest;
    end = tokenEnd;
  }
  if (unreadFrom === text.length) return redacted;
  return redacted === '' ? MASK : `${redacted} ${MASK}`;
}

/** Where Java or JavaScript begins that Oracle stores, by the position among the words; -1 where none does. */
function beginningOfForeignCode(words: Words): number {
  const source = words.findIndex(
    (word, at) =>
      (word === 'JAVA' && words[at + 1] === 'SOURCE') ||
      (word === 'MLE' && isOneOf(words[at + 1], 'MODULE', 'LANGUAGE')),
  );
  if (source === -1) return -1;
  // MLE LANGUAGE JAVASCRIPT {{ … }}
  if (words[source + 1] === 'LANGUAGE') return source + 3;
  const begin = words.indexOf('AS', source);
  return begin === -1 ? -1 : begin + 1;
}
