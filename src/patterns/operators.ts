import { endsWithIgnoringCase, equalsIgnoringCase, startsWithIgnoringCase } from './ignore-case.ts';
import { isInBlock, longestPrefix, parseAddress } from './ip-address.ts';
import { parseNumeric } from './numeric.ts';
import { addProblem, describeValue, enterItem, enterKey, type Place } from './problems.ts';
import {
  anyOf,
  endsWith,
  equalTo,
  isPresent,
  mustBeAbsent,
  not,
  startsWith,
  type ValueTest,
  wellFormed,
} from './value-tests.ts';
import { matchesSegments, parseWildcard } from './wildcard.ts';

/** Compiles an operand; adds what is wrong with it to the place's problems and returns nothing then. */
type Operator = (operand: unknown, place: Place) => ValueTest | undefined;

type OperatorTable = Readonly<Record<string, Operator>>;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Compiles an object that names one operator of the table, such as `{"prefix": "a"}`. */
export const applyOperator = (
  table: OperatorTable,
  expression: Readonly<Record<string, unknown>>,
  place: Place,
): ValueTest | undefined => {
  const names = Object.keys(expression);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    addProblem(place, `an object with ${names.length} keys`, 'exactly one operator');
    return undefined;
  }
  const operator = Object.hasOwn(table, name) ? table[name] : undefined;
  if (operator === undefined) {
    const known = Object.keys(table).join(', ');
    addProblem(place, `${describeValue(name)} as the operator`, known.includes(',') ? `one of ${known}` : known);
    return undefined;
  }
  return operator(expression[name], enterKey(place, name));
};

const takeText =
  (compile: (text: string, place: Place) => ValueTest | undefined): Operator =>
  (operand, place) => {
    if (typeof operand === 'string') return compile(wellFormed(operand), place);
    addProblem(place, describeValue(operand), 'a string');
    return undefined;
  };

// To event-ruler a string includes the quotes around it: a prefix can end with the one after the value, a suffix start
// with the one before.
const startsQuoted =
  (starts: (text: string) => ValueTest, equals: (text: string) => ValueTest) =>
  (prefix: string): ValueTest =>
    prefix.endsWith('"') ? anyOf([starts(prefix), equals(prefix.slice(0, -1))]) : starts(prefix);

const endsQuoted =
  (ends: (text: string) => ValueTest, equals: (text: string) => ValueTest) =>
  (suffix: string): ValueTest =>
    suffix.startsWith('"') ? anyOf([ends(suffix), equals(suffix.slice(1))]) : ends(suffix);

const hasPrefix = startsQuoted(startsWith, equalTo);
const hasSuffix = endsQuoted(endsWith, equalTo);

/** A string, or the string below `equals-ignore-case`. */
const takeTextOfAnyCase = (exact: (text: string) => ValueTest, ignoringCase: (text: string) => ValueTest): Operator => {
  const table = { 'equals-ignore-case': takeText(ignoringCase) };
  return (operand, place) =>
    isRecord(operand) ? applyOperator(table, operand, place) : takeText(exact)(operand, place);
};

const takeWildcard = takeText((text, place) => {
  const wildcard = parseWildcard(text);
  if (wildcard.kind === 'segments') return matchesSegments(wildcard.segments);
  addProblem(place, wildcard.found, 'single asterisks, and a backslash only as \\* or \\\\');
  return undefined;
});

const takeBlock = takeText((text, place) => {
  const [literal = '', prefix = '', ...more] = text.split('/');
  const address = parseAddress(literal);
  if (address === undefined || !/^(\+?\d+|-0+)$/.test(prefix) || more.some((part) => part !== '')) {
    addProblem(place, describeValue(text), 'an IP address, a slash and a prefix length');
    return undefined;
  }
  const longest = longestPrefix(address);
  if (Number(prefix) <= longest) return isInBlock(address, Number(prefix));
  addProblem(place, describeValue(text), `a prefix length up to ${longest} (a single address is written as a string)`);
  return undefined;
});

const takeExistence: Operator = (operand, place) => {
  if (typeof operand === 'boolean') return operand ? isPresent : mustBeAbsent;
  addProblem(place, describeValue(operand), 'true or false');
  return undefined;
};

const takeNonEmptyText = (compile: (text: string) => ValueTest): Operator =>
  takeText((text, place) => {
    if (text !== '') return compile(text);
    addProblem(place, 'an empty string', 'at least one character');
    return undefined;
  });

const takeEach =
  (operator: Operator): Operator =>
  (operand, place) => {
    if (!Array.isArray(operand)) return operator(operand, place);
    if (operand.length === 0) addProblem(place, 'an empty array', 'at least one value');
    const tests = operand.map((item, index) => operator(item, enterItem(place, index)));
    return anyOf(tests.filter((test) => test !== undefined));
  };

const takeStringOrNumber: Operator = (operand, place) => {
  if (typeof operand === 'string') return equalTo(wellFormed(operand));
  if (Number.isFinite(operand)) return equalTo(operand);
  addProblem(place, describeValue(operand), 'a string or a number');
  return undefined;
};

const deniable: OperatorTable = {
  prefix: takeEach(takeNonEmptyText(hasPrefix)),
  suffix: takeEach(takeNonEmptyText(hasSuffix)),
  'equals-ignore-case': takeEach(takeText(equalsIgnoringCase)),
  wildcard: takeEach(takeWildcard),
};

const takeDenial: Operator = (operand, place) => {
  if (Array.isArray(operand) && new Set(operand.map((item) => typeof item)).size > 1) {
    addProblem(place, 'a list of mixed types', 'either strings only or numbers only');
    return undefined;
  }
  const test = isRecord(operand)
    ? applyOperator(deniable, operand, place)
    : takeEach(takeStringOrNumber)(operand, place);
  return test && not(test);
};

/** The operators that stand in the array of a field's values, by their names. */
export const operators: OperatorTable = {
  exactly: takeText(equalTo),
  prefix: takeTextOfAnyCase(hasPrefix, startsQuoted(startsWithIgnoringCase, equalsIgnoringCase)),
  suffix: takeTextOfAnyCase(hasSuffix, endsQuoted(endsWithIgnoringCase, equalsIgnoringCase)),
  'equals-ignore-case': takeText(equalsIgnoringCase),
  wildcard: takeWildcard,
  'anything-but': takeDenial,
  numeric: parseNumeric,
  cidr: takeBlock,
  exists: takeExistence,
};
