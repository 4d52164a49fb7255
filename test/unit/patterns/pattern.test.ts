import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matchesPattern, validatePattern } from '../../../src/patterns/pattern.ts';
import { numberRows, orRows, structureRows } from './structure-rows.ts';
import { anythingButRows, literalRows, type PatternRow, textRows } from './value-rows.ts';

const tables: readonly (readonly [string, readonly PatternRow[]])[] = [
  ['literals', literalRows],
  ['operators on text', textRows],
  ['anything-but', anythingButRows],
  ['numeric and cidr', numberRows],
  ['exists and arrays', structureRows],
  ['$or', orRows],
];

describe.each(tables)('%s', (_, rows) => {
  it.each(rows)('%s', (_name, pattern, event, expected) => {
    if (expected === 'invalid') {
      expect(validatePattern(pattern)).not.toEqual([]);
      expect(() => matchesPattern(pattern, event)).toThrow('The event pattern is invalid.');
    } else {
      expect(validatePattern(pattern)).toEqual([]);
      expect(matchesPattern(pattern, event)).toBe(expected);
    }
  });
});

describe('validatePattern', () => {
  it('collects all problems with their paths', () => {
    const pattern = {
      source: 'das-router',
      detail: { data: { user: ['a', { numeric: ['>', '5'] }], class: [{ prefix: 'a', suffix: 'b' }] } },
      $or: [{ a: [] }, 5],
    };
    expect(validatePattern(pattern)).toEqual([
      { path: 'source', problem: 'Found the string "das-router", expected an array of values or an object of fields.' },
      { path: 'detail.data.user[1].numeric[1]', problem: 'Found the string "5", expected a finite number.' },
      { path: 'detail.data.class[0]', problem: 'Found an object with 2 keys, expected exactly one operator.' },
      { path: '$or[0].a', problem: 'Found an empty array, expected at least one value.' },
      { path: '$or[1]', problem: 'Found the number 5, expected an object of fields.' },
    ]);
  });

  it.each([
    [undefined, 'Found a value of type undefined, expected an object that names the fields of an event.'],
    [{}, 'Found an empty object, expected at least one field.'],
  ])('names the pattern itself $', (pattern, problem) => {
    expect(validatePattern(pattern)).toEqual([{ path: '$', problem }]);
  });

  it('does not echo long values', () => {
    const [problem] = validatePattern({ a: [{ exists: 'secret'.repeat(20) }] });
    expect(problem?.problem).toBe('Found a string of 120 characters, expected true or false.');
  });

  it('refuses more than a thousand combinations of $or branches', () => {
    const choice = { $or: Array.from({ length: 10 }, (_, index) => ({ x: [index] })) };
    expect(validatePattern({ a: choice, b: choice, c: choice })).toEqual([]);
    expect(validatePattern({ a: choice, b: choice, c: choice, d: { $or: [{ x: [1] }, { y: [1] }] } })).toEqual([
      { path: '$', problem: 'Found more than 1000 combinations of $or branches, expected fewer branches.' },
    ]);
  });

  it('refuses a pattern nested beyond measure', () => {
    const pattern: unknown = JSON.parse(`${'{"a":'.repeat(2000)}["x"]${'}'.repeat(2000)}`);
    expect(validatePattern(pattern)).toEqual([
      { path: '$', problem: 'Found more than 1000 levels, expected a flatter pattern.' },
    ]);
  });
});

describe('compilePattern', () => {
  it('lists the problems of an invalid pattern', () => {
    expect(() => compilePattern({ a: [], b: 5 })).toThrow(
      /^The event pattern is invalid\.\na: Found an empty array.*\nb: Found the number 5/,
    );
  });

  it('is not slowed down by hostile text', () => {
    const isMatch = compilePattern({ a: [{ wildcard: `${'*a'.repeat(50)}*b` }] });
    expect(isMatch({ a: 'a'.repeat(100_000) })).toBe(false);
  });

  it('is not slowed down by arrays that match in part', () => {
    const names = Array.from({ length: 12 }, (_, index) => `f${index}`);
    const both = Object.fromEntries(names.map((name) => [name, { x: [1], y: [{ exists: true }] }]));
    const many = Array.from({ length: 50 }, () => ({ x: 1, y: 1 }));
    const event = Object.fromEntries(names.map((name) => [name, many]));
    expect(matchesPattern({ ...both, z: [1] }, event)).toBe(false);
  });
});

describe('any JSON', () => {
  const operatorNames = ['prefix', 'suffix', 'wildcard', 'anything-but', 'numeric', 'cidr', 'exists', 'exactly'];
  const key = fc.constantFrom('a', 'b', 'c.d', '$or', '__proto__', 'equals-ignore-case', ...operatorNames);
  const word = fc.constantFrom('', '*', '\\', '>', '<', '10.0.0.0/8', '::/0', '::1', 'a', 'ß', '\ud800');
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(word, fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(key, tie('json'), { maxKeys: 3, noNullPrototype: false }),
    ),
  }));
  const valid = fc.constantFrom(
    ...[...literalRows, ...textRows, ...anythingButRows, ...numberRows, ...structureRows, ...orRows]
      .filter(([, , , expected]) => expected !== 'invalid')
      .map(([, pattern]) => pattern),
  );

  it('is validated without an exception', () => {
    fc.assert(
      fc.property(fc.oneof(json, fc.jsonValue()), (pattern) => {
        for (const { path, problem } of validatePattern(pattern)) {
          expect(path).not.toBe('');
          expect(problem).toMatch(/^Found .+, expected .+\.$/s);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is matched without an exception', () => {
    fc.assert(
      fc.property(valid, fc.oneof(json, fc.jsonValue()), (pattern, event) => {
        expect(matchesPattern(pattern, event)).toBeTypeOf('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('compiles and matches wherever no problem is found', () => {
    fc.assert(
      fc.property(json, json, (pattern, event) => {
        fc.pre(validatePattern(pattern).length === 0);
        expect(compilePattern(pattern)(event)).toBeTypeOf('boolean');
      }),
      { numRuns: 200, maxSkipsPerRun: 1000 },
    );
  });
});
