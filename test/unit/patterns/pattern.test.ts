import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matchesPattern, validatePattern } from '../../../src/patterns/pattern.ts';
import {
  addressRows,
  arrayRows,
  branchRows,
  caseRows,
  denialRows,
  nameRows,
  quotedRows,
  rangeRows,
  wildcardRows,
} from './engine-rows.ts';
import { numberRows, orRows, structureRows } from './structure-rows.ts';
import { anythingButRows, literalRows, type PatternRow, textRows } from './value-rows.ts';

const tables: readonly (readonly [string, readonly PatternRow[]])[] = [
  ['literals', literalRows],
  ['operators on text', textRows],
  ['anything-but', anythingButRows],
  ['numeric and cidr', numberRows],
  ['exists and arrays', structureRows],
  ['$or', orRows],
  ['quotes', quotedRows],
  ['letter case', caseRows],
  ['wildcards', wildcardRows],
  ['denials', denialRows],
  ['numeric ranges', rangeRows],
  ['addresses', addressRows],
  ['names of fields', nameRows],
  ['arrays', arrayRows],
  ['branches and refusals', branchRows],
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

const operatorAsName = 'an operator as the name of a field';

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

  const values = 'a string, a number, true, false, null or an object with an operator';
  const names = 'exactly, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr, exists';
  const pairs = 'an array of a comparison and a number, or of two such pairs';
  const wildcard = 'single asterisks, and a backslash only as \\* or \\\\';
  const block = 'an IP address, a slash and a prefix length';
  const single = '(a single address is written as a string)';

  it.each<[string, unknown, string, string, string]>([
    ['a list', [], '$', 'an empty array', 'an object that names the fields of an event'],
    ['null', null, '$', 'null', 'an object that names the fields of an event'],
    ['an empty object', { a: {} }, 'a', 'an empty object', 'at least one field'],
    ['a flag', { a: { b: true } }, 'a.b', 'true', 'an array of values or an object of fields'],
    ['a list of values', { a: [['x', 'y']] }, 'a[0]', 'an array of length 2', values],
    ['no value', { a: [undefined] }, 'a[0]', 'a value of type undefined', values],
    ['no operator', { a: [{}] }, 'a[0]', 'an object with 0 keys', 'exactly one operator'],
    ['an unknown operator', { a: [{ regex: 'x' }] }, 'a[0]', 'the string "regex" as the operator', `one of ${names}`],
    [
      'no operator below prefix',
      { a: [{ prefix: {} }] },
      'a[0].prefix',
      'an object with 0 keys',
      'exactly one operator',
    ],
    [
      'another operator below prefix',
      { a: [{ prefix: { '': 'x' } }] },
      'a[0].prefix',
      'an empty string as the operator',
      'equals-ignore-case',
    ],
    ['a prefix', { a: [{ prefix: 5 }] }, 'a[0].prefix', 'the number 5', 'a string'],
    ['a text', { a: [{ exactly: false }] }, 'a[0].exactly', 'false', 'a string'],
    [
      'any case',
      { a: [{ suffix: { 'equals-ignore-case': { b: 1 } } }] },
      'a[0].suffix.equals-ignore-case',
      'an object',
      'a string',
    ],
    ['two asterisks', { a: [{ wildcard: 'a**' }] }, 'a[0].wildcard', 'two asterisks in a row at character 1', wildcard],
    [
      'a backslash',
      { a: [{ 'anything-but': { wildcard: ['x', 'ab\\c'] } }] },
      'a[0].anything-but.wildcard[1]',
      'a backslash before neither an asterisk nor a backslash at character 2',
      wildcard,
    ],
    [
      'mixed types',
      { a: [{ 'anything-but': ['x', 5] }] },
      'a[0].anything-but',
      'a list of mixed types',
      'either strings only or numbers only',
    ],
    ['a denied null', { a: [{ 'anything-but': [null] }] }, 'a[0].anything-but[0]', 'null', 'a string or a number'],
    ['a denied flag', { a: [{ 'anything-but': true }] }, 'a[0].anything-but', 'true', 'a string or a number'],
    ['nothing denied', { a: [{ 'anything-but': [] }] }, 'a[0].anything-but', 'an empty array', 'at least one value'],
    [
      'an unknown denial',
      { a: [{ 'anything-but': { exists: true } }] },
      'a[0].anything-but',
      'the string "exists" as the operator',
      'one of prefix, suffix, equals-ignore-case, wildcard',
    ],
    [
      'an empty prefix denied',
      { a: [{ 'anything-but': { prefix: ['a', ''] } }] },
      'a[0].anything-but.prefix[1]',
      'an empty string',
      'at least one character',
    ],
    ['a comparison', { a: [{ numeric: '>' }] }, 'a[0].numeric', 'the string ">"', pairs],
    ['half a comparison', { a: [{ numeric: ['>', 1, '<'] }] }, 'a[0].numeric', 'an array of length 3', pairs],
    [
      'an unknown comparison',
      { a: [{ numeric: ['!=', 1] }] },
      'a[0].numeric[0]',
      'the string "!="',
      'one of = > >= < <=',
    ],
    ['a lower end', { a: [{ numeric: ['<', 1, '<', 2] }] }, 'a[0].numeric[0]', 'the string "<"', 'one of > >='],
    ['an upper end', { a: [{ numeric: ['>', 1, null, 2] }] }, 'a[0].numeric[2]', 'null', 'one of < <='],
    [
      'an infinite bound',
      { a: [{ numeric: ['>', Number.POSITIVE_INFINITY] }] },
      'a[0].numeric[1]',
      'the number Infinity',
      'a finite number',
    ],
    [
      'an empty range',
      { a: [{ numeric: ['>', 2, '<', 1] }] },
      'a[0].numeric',
      'a range from 2 to 1',
      'the first number to be below the second',
    ],
    [
      'a range beyond all numbers',
      { a: [{ numeric: ['>', Number.MAX_VALUE] }] },
      'a[0].numeric[1]',
      'the number 1.7976931348623157e+308',
      'a number with others beyond it',
    ],
    ['an address', { a: [{ cidr: '10.0.0.1' }] }, 'a[0].cidr', 'the string "10.0.0.1"', block],
    [
      'a single address',
      { a: [{ cidr: '10.0.0.1/32' }] },
      'a[0].cidr',
      'the string "10.0.0.1/32"',
      `a prefix length up to 31 ${single}`,
    ],
    [
      'a single IPv6 address',
      { a: [{ cidr: '::1/128' }] },
      'a[0].cidr',
      'the string "::1/128"',
      `a prefix length up to 127 ${single}`,
    ],
    ['existence', { a: [{ exists: null }] }, 'a[0].exists', 'null', 'true or false'],
    ['a single branch', { $or: [{ a: [1] }] }, '$or', 'an array of length 1', 'an array of at least two objects'],
    [
      'an operator in a branch',
      { $or: [{ a: [1] }, { cidr: [1] }] },
      '$or[1].cidr',
      operatorAsName,
      'below $or a name that is no operator',
    ],
    [
      'a comparison in a branch',
      { $or: [{ a: [1] }, { b: { '<=': [1] } }] },
      '$or[1].b.<=',
      operatorAsName,
      'below $or a name that is no operator',
    ],
    ['no field in a branch', { $or: [{ a: [1] }, {}] }, '$or[1]', 'an empty object', 'at least one field'],
    ['a nested branch', { a: { $or: [{ b: [1] }, []] } }, 'a.$or[1]', 'an empty array', 'an object of fields'],
  ])('names %s', (_name, pattern, path, found, expected) => {
    expect(validatePattern(pattern)).toEqual([{ path, problem: `Found ${found}, expected ${expected}.` }]);
  });

  it('refuses all names of operators below $or', () => {
    const reserved = [
      ...['exactly', 'equals-ignore-case', 'prefix', 'suffix', 'anything-but', 'exists', 'wildcard', 'numeric', 'cidr'],
      ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
      ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
      ...['ip-address-in-range', 'ip-address-not-in-range'],
    ];
    for (const name of reserved) {
      expect(validatePattern({ $or: [{ a: [1] }, { [name]: [1] }] })).toHaveLength(1);
      expect(validatePattern({ [name]: [1] })).toEqual([]);
    }
  });

  it('refuses more than 256 fields in one rule', () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, [1]]));
    expect(validatePattern(fields(256))).toEqual([]);
    expect(validatePattern({ $or: [fields(256), { g: [1] }] })).toEqual([]);
    expect(validatePattern(fields(257))).toEqual([
      { path: '$', problem: 'Found more than 256 fields, expected fewer fields.' },
    ]);
  });

  it.each([
    ['x'.repeat(40), `the string "${'x'.repeat(40)}"`],
    ['x'.repeat(41), 'a string of 41 characters'],
  ])('echoes up to forty characters', (text, found) => {
    expect(validatePattern({ a: text })[0]?.problem).toContain(`Found ${found}, expected`);
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

  it('refuses values nested beyond measure', () => {
    const pattern: unknown = JSON.parse(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
    expect(validatePattern(pattern).map(({ path }) => path)).toEqual(['a[0]']);
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

  it('is not slowed down by long arrays', () => {
    const isMatch = compilePattern({ a: { x: [1], y: [2], z: [{ exists: false }] } });
    const items = Array.from({ length: 50_000 }, () => ({ x: 1, y: 1 }));
    expect(isMatch({ a: items })).toBe(false);
    expect(isMatch({ a: [...items, { x: 1, y: 2 }] })).toBe(true);
  });

  it('is not slowed down by fields that are spelled twice', () => {
    const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
    const pattern = { f: { ...Object.fromEntries(names.map((name) => [name, [1]])), last: [2] } };
    const nested = Object.fromEntries([...names, 'last'].map((name) => [name, 1]));
    const dotted = Object.fromEntries(names.map((name) => [`f.${name}`, 1]));
    expect(matchesPattern(pattern, { ...dotted, f: nested })).toBe(false);
  });

  it('reads a thousand levels of an event and no more', () => {
    const isMatch = compilePattern({ a: ['x'] });
    const nest = (levels: number): unknown => JSON.parse(`{"a":${'['.repeat(levels)}"x"${']'.repeat(levels)}}`);
    expect(isMatch(nest(999))).toBe(true);
    expect(isMatch(nest(1000))).toBe(false);
    expect(compilePattern({ a: [{ exists: false }] })(nest(20_000))).toBe(false);
    expect(compilePattern({ a: [{ exists: false }] })({ a: [[nest(20_000), { a: 1 }]] })).toBe(true);
  });

  it('compares in UTF-8, where half of a surrogate pair is a question mark', () => {
    expect(matchesPattern({ a: [{ prefix: '\ud800' }] }, { a: '?x' })).toBe(true);
    expect(matchesPattern({ a: [{ suffix: '?' }] }, { a: 'x\udfff' })).toBe(true);
    expect(matchesPattern({ a: [{ suffix: '?' }] }, { a: 'x\u{1f600}' })).toBe(false);
  });

  it('compares no number that JSON can write and none can be', () => {
    const isMatch = (numeric: readonly unknown[], event: string): boolean =>
      matchesPattern({ a: [{ numeric }] }, JSON.parse(event));
    for (const event of ['{"a":1e400}', '{"a":-1e400}']) {
      for (const comparison of ['>', '>=', '<', '<=']) expect(isMatch([comparison, 0], event)).toBe(false);
    }
    expect(matchesPattern(JSON.parse('{"a":[1e400]}'), JSON.parse('{"a":1e400}'))).toBe(true);
  });

  it('sees no field in undefined', () => {
    expect(matchesPattern({ a: [{ exists: false }] }, { a: undefined })).toBe(true);
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
    ...tables
      .flatMap(([, rows]) => rows)
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
