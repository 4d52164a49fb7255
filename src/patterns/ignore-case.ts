import { type ValueTest, wellFormed } from './value-tests.ts';

/** The two spellings of each UTF-16 unit of a text; a spelling can be longer than the unit (ß, SS). */
type Spellings = readonly (readonly [lower: string, upper: string])[];

// Unit by unit as event-ruler does: lower-casing a whole text depends on the neighbours (the Greek final sigma),
// so that a prefix of it would not stay a prefix; and it would allocate a string for each event. So doing it tears
// surrogate pairs apart, each half of which is a question mark then.
const spell = (text: string): Spellings =>
  text
    .split('')
    .map(wellFormed)
    .map((unit) => [unit.toLowerCase(), unit.toUpperCase()]);

/** Where the spelled text ends that starts the value, or -1. */
const readForward = (spellings: Spellings, value: string): number => {
  let position = 0;
  for (const [lower, upper] of spellings) {
    if (value.startsWith(lower, position)) position += lower.length;
    else if (value.startsWith(upper, position)) position += upper.length;
    else return -1;
  }
  return position;
};

export const equalsIgnoringCase = (text: string): ValueTest => {
  const spellings = spell(text);
  return (value) => typeof value === 'string' && readForward(spellings, value) === value.length;
};

export const startsWithIgnoringCase = (prefix: string): ValueTest => {
  const spellings = spell(prefix);
  return (value) => typeof value === 'string' && readForward(spellings, value) >= 0;
};

export const endsWithIgnoringCase = (suffix: string): ValueTest => {
  const backward = spell(suffix).toReversed();
  return (value) => {
    if (typeof value !== 'string') return false;
    let position = value.length;
    for (const [lower, upper] of backward) {
      if (value.endsWith(lower, position)) position -= lower.length;
      else if (value.endsWith(upper, position)) position -= upper.length;
      else return false;
    }
    return true;
  };
};
