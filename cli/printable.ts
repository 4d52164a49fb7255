// Controls, formats that are not seen, bidirectional ones among them, line separators, half surrogate pairs. The two joiners
// that scripts are written with steer nothing.
const STEERING = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text of which nothing steers a terminal: what could is written as JSON escapes it. Within JSON on one line it is still
 * the same JSON.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** A text with single spaces in the place of line breaks and tabs. */
export function toOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
