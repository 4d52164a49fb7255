import { describe, expect, it } from 'vitest';
import { compilePattern, validatePattern } from '../../../src/patterns/pattern.ts';
import answers from '../../fixtures/event-patterns.json' with { type: 'json' };
import moreAnswers from '../../fixtures/event-patterns-more.json' with { type: 'json' };

type Answer = { readonly pattern: unknown; readonly matches?: readonly string[]; readonly invalid?: boolean };
type Recording = { readonly events: Readonly<Record<string, unknown>>; readonly cases: readonly Answer[] };

// Both were recorded with the JSON rule compiler and a new Machine for each pattern; version 2.1.0 gave all answers of
// event-patterns-more.json, and gives those of event-patterns.json as well.
const recordings: readonly (readonly [string, Recording, number])[] = [
  ['event-patterns.json', answers, 61],
  ['event-patterns-more.json', moreAnswers, 400],
];

describe.each(recordings)("the answers of AWS' event-ruler in %s", (_, { events, cases }, count) => {
  const rows = cases.map((answer) => ({ ...answer, name: JSON.stringify(answer.pattern) }));

  it.each(rows.filter(({ invalid }) => invalid === true))('refuses $name', ({ pattern }) => {
    expect(validatePattern(pattern)).not.toEqual([]);
    expect(() => compilePattern(pattern)).toThrow('The event pattern is invalid.');
  });

  it.each(rows.filter(({ invalid }) => invalid !== true))('matches $name', ({ pattern, matches }) => {
    expect(validatePattern(pattern)).toEqual([]);
    const isMatch = compilePattern(pattern);
    const matched = Object.entries(events).filter(([, event]) => isMatch(event));
    expect(matched.map(([name]) => name)).toEqual(matches);
  });

  it('has all of them', () => {
    expect(rows).toHaveLength(count);
  });
});

it.each(answers.cases.filter((answer: Answer) => answer.invalid === true))(
  'one problem is found in $pattern',
  (answer) => {
    expect(validatePattern(answer.pattern)).toHaveLength(1);
  },
);
