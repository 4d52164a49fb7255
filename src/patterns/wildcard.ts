import type { ValueTest } from './value-tests.ts';

/** The literal texts between the asterisks of a wildcard, or why it is none. */
export type Wildcard =
  | { readonly kind: 'segments'; readonly segments: readonly string[] }
  | { readonly kind: 'refused'; readonly found: string };

export const parseWildcard = (text: string): Wildcard => {
  const segments: string[] = [];
  let segment = '';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charAt(index);
    const next = text.charAt(index + 1);
    if (unit === '\\') {
      if (next !== '*' && next !== '\\') return refuse('a backslash before neither an asterisk nor a backslash', index);
      segment += next;
      index += 1;
    } else if (unit === '*') {
      if (next === '*') return refuse('two asterisks in a row', index);
      segments.push(segment);
      segment = '';
    } else {
      segment += unit;
    }
  }
  return { kind: 'segments', segments: [...segments, segment] };
};

const refuse = (found: string, index: number): Wildcard => ({
  kind: 'refused',
  found: `${found} at character ${index}`,
});

// Taking each middle segment at its first occurrence is enough, as an asterisk stands for any text: no backtracking.
export const matchesSegments = (segments: readonly string[]): ValueTest => {
  const first = segments.at(0) ?? '';
  if (segments.length < 2) return (value) => value === first;
  const middle = segments.slice(1, -1);
  const last = segments.at(-1) ?? '';
  return (value) => {
    if (typeof value !== 'string' || !value.startsWith(first)) return false;
    let position = first.length;
    for (const segment of middle) {
      const found = value.indexOf(segment, position);
      if (found < 0) return false;
      position = found + segment.length;
    }
    return value.length - last.length >= position && value.endsWith(last);
  };
};
