import { addProblem, describeValue, enterItem, type Place } from './problems.ts';
import type { ValueTest } from './value-tests.ts';

type Comparison = (bound: number) => ValueTest;

// JSON's parser makes infinity of what is beyond all numbers: event-ruler compares it with none.
const isComparable = (value: unknown): value is number => Number.isFinite(value);

const lowerBounds: Readonly<Record<string, Comparison>> = {
  '>': (bound) => (value) => isComparable(value) && value > bound,
  '>=': (bound) => (value) => isComparable(value) && value >= bound,
};

const upperBounds: Readonly<Record<string, Comparison>> = {
  '<': (bound) => (value) => isComparable(value) && value < bound,
  '<=': (bound) => (value) => isComparable(value) && value <= bound,
};

const comparisons: Readonly<Record<string, Comparison>> = {
  '=': (bound) => (value) => value === bound,
  ...lowerBounds,
  ...upperBounds,
};

// The engine fails on a range from the last number on.
const openEnds: Readonly<Record<string, number>> = {
  '>': Number.MAX_VALUE,
  '>=': Number.MAX_VALUE,
  '<': -Number.MAX_VALUE,
  '<=': -Number.MAX_VALUE,
};

/**
 * Reads the operand of `numeric`: a comparison and a number, or a range from a lower to a higher number.
 * Any finite number will do, as in event-ruler since 1.8; it once refused what lies beyond five billion.
 */
export const parseNumeric = (operand: unknown, place: Place): ValueTest | undefined => {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    addProblem(place, describeValue(operand), 'an array of a comparison and a number, or of two such pairs');
    return undefined;
  }
  const [comparison, bound, upperComparison, upperBound] = operand;
  if (operand.length === 2) return parseOpenRange(comparison, bound, place);
  const lower = parseComparison(lowerBounds, comparison, bound, place, 0);
  const upper = parseComparison(upperBounds, upperComparison, upperBound, place, 2);
  if (lower === undefined || upper === undefined) return undefined;
  if (lower.bound >= upper.bound) {
    addProblem(place, `a range from ${lower.bound} to ${upper.bound}`, 'the first number to be below the second');
    return undefined;
  }
  return (value) => lower.test(value) && upper.test(value);
};

const parseOpenRange = (comparison: unknown, bound: unknown, place: Place): ValueTest | undefined => {
  const parsed = parseComparison(comparisons, comparison, bound, place, 0);
  if (parsed === undefined || parsed.bound !== openEnds[`${comparison}`]) return parsed?.test;
  addProblem(enterItem(place, 1), describeValue(bound), 'a number with others beyond it');
  return undefined;
};

const parseComparison = (
  known: Readonly<Record<string, Comparison>>,
  name: unknown,
  bound: unknown,
  place: Place,
  index: number,
): { readonly bound: number; readonly test: ValueTest } | undefined => {
  const comparison = typeof name === 'string' && Object.hasOwn(known, name) ? known[name] : undefined;
  const isBound = isComparable(bound);
  if (comparison === undefined) {
    addProblem(enterItem(place, index), describeValue(name), `one of ${Object.keys(known).join(' ')}`);
  }
  if (!isBound) addProblem(enterItem(place, index + 1), describeValue(bound), 'a finite number');
  return comparison !== undefined && isBound ? { bound, test: comparison(bound) } : undefined;
};
