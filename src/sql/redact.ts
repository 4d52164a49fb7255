import type { Dialect } from './dialects.ts';
import { findPasswords } from './passwords.ts';
import { createWords } from './split.ts';
import { tokenize } from './tokens.ts';

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
  const passwords = findPasswords(list, createWords(text, list), dialect);
  let redacted = '';
  let end = 0;
  /** Whether what hangs on to the last token is a part of it, as in 123abc or p@ss!word. */
  let goesOn = false;
  for (const [position, { kind, start, end: tokenEnd }] of list.entries()) {
    if (uncertainFrom !== null && start >= uncertainFrom) break;
    const apart = start > end;
    const isPassword = passwords.has(position);
    const isRest: boolean = goesOn && !apart && (isPassword || kind === 'number' || kind === 'word');
    if (apart && redacted !== '') redacted += ' ';
    if (isPassword || kind === 'string' || kind === 'number') redacted += isRest ? '' : MASK;
    else if (!isRest) redacted += text.slice(start, tokenEnd);
    goesOn = isPassword || kind === 'number' || isRest;
    end = tokenEnd;
  }
  if (uncertainFrom === null) return redacted;
  return redacted === '' ? MASK : `${redacted} ${MASK}`;
}
