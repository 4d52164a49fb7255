/** What is wrong at one place of an event pattern. */
export interface PatternProblem {
  /** Where, such as `detail.data.user[0].numeric`; `$` is the pattern itself. */
  readonly path: string;
  /** A sentence that says what was found and what is expected. */
  readonly problem: string;
}

/** A place in the pattern that is being read, with the list that all places share for the problems found. */
export interface Place {
  readonly path: string;
  readonly depth: number;
  readonly problems: PatternProblem[];
}

const longestEcho = 40;

export const startAt = (problems: PatternProblem[]): Place => ({ path: '', depth: 0, problems });

export const enterKey = (place: Place, key: string): Place => ({
  ...place,
  path: place.path === '' ? key : `${place.path}.${key}`,
  depth: place.depth + 1,
});

export const enterItem = (place: Place, index: number): Place => ({
  ...place,
  path: `${place.path}[${index}]`,
  depth: place.depth + 1,
});

export const addProblem = (place: Place, found: string, expected: string): void => {
  place.problems.push({ path: place.path || '$', problem: `Found ${found}, expected ${expected}.` });
};

export const describeValue = (value: unknown): string => {
  if (value === null || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'string') return describeText(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of length ${value.length}`;
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
  return `a value of type ${typeof value}`;
};

const describeText = (text: string): string => {
  if (text === '') return 'an empty string';
  return text.length > longestEcho ? `a string of ${text.length} characters` : `the string ${JSON.stringify(text)}`;
};
