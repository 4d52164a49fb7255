import { describe, expect, it } from 'vitest';
import { compilePattern, validatePattern } from '../../../src/patterns/pattern.ts';
import answers from '../../fixtures/event-patterns.json' with { type: 'json' };

type Answer = { readonly pattern: unknown; readonly matches?: readonly string[]; readonly invalid?: boolean };

const cases: readonly Answer[] = answers.cases;
const rows = cases.map((answer) => ({ ...answer, name: JSON.stringify(answer.pattern) }));

describe("the answers of AWS' event-ruler", () => {
  it.each(rows.filter(({ invalid }) => invalid === true))('refuses $name', ({ pattern }) => {
    expect(validatePattern(pattern)).toHaveLength(1);
    expect(() => compilePattern(pattern)).toThrow('The event pattern is invalid.');
  });

  it.each(rows.filter(({ invalid }) => invalid !== true))('matches $name', ({ pattern, matches }) => {
    expect(validatePattern(pattern)).toEqual([]);
    const isMatch = compilePattern(pattern);
    const matched = Object.entries(answers.events).filter(([, event]) => isMatch(event));
    expect(matched.map(([name]) => name)).toEqual(matches);
  });

  it('has all 61 of them', () => {
    expect(rows).toHaveLength(61);
  });
});
