import { type Dialect, type Token, tokenize } from './tokens.ts';

const MASK = '?';

/**
 * Replaces every literal by `?`, removes comments, and leaves identifiers and shape. Never throws.
 *
 * Fails closed: what cannot be told for certain to be code, and every text of an unknown dialect, is masked.
 */
export function redact(text: string, dialect: Dialect | null): string {
  if (dialect === null) return MASK;
  const { list, uncertainFrom } = tokenize(text, dialect);
  let redacted = '';
  let end = 0;
  for (const [position, token] of list.entries()) {
    if (uncertainFrom !== null && token.start >= uncertainFrom) break;
    if (token.start > end && redacted !== '') redacted += ' ';
    redacted += isSecret(text, list, position) ? MASK : text.slice(token.start, token.end);
    end = token.end;
  }
  if (uncertainFrom === null) return redacted;
  return redacted === '' ? MASK : `${redacted} ${MASK}`;
}

function isSecret(text: string, list: readonly Token[], position: number): boolean {
  const kind = list[position]?.kind;
  if (kind === 'string' || kind === 'number') return true;
  if (kind === 'symbol') return false;
  // A password without the quotes that the grammar wants.
  const [beforeLast, last] = [wordAt(text, list, position - 2), wordAt(text, list, position - 1)];
  if (last === 'PASSWORD') return kind === 'identifier';
  return last === 'BY' && beforeLast === 'IDENTIFIED' && wordAt(text, list, position) !== 'RANDOM';
}

function wordAt(text: string, list: readonly Token[], position: number): string | null {
  const token = list[position];
  return token?.kind === 'word' ? text.slice(token.start, token.end).toUpperCase() : null;
}
