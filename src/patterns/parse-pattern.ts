import { isAddress, isSpelled, parseAddress } from './ip-address.ts';
import { applyOperator, isRecord, operators } from './operators.ts';
import { addProblem, describeValue, enterItem, enterKey, type Place } from './problems.ts';
import { spell } from './spelling.ts';
import { equalTo, ifString, type ValueTest, wellFormed } from './value-tests.ts';

/** What a pattern asks of one field, by its dotted name: any of the tests, each also as it is spelled. */
export interface FieldCondition {
  readonly kind: 'field';
  readonly name: string;
  readonly tests: readonly ValueTest[];
  readonly spellings: readonly string[];
}

/** One condition of a pattern; all conditions of a list have to hold. */
export type Condition = FieldCondition | { readonly kind: 'or'; readonly branches: readonly (readonly Condition[])[] };

type Path = { readonly keys: readonly string[]; readonly isBelowOr: boolean };

// Guards the recursion over the pattern; the JSON parser of event-ruler stops there as well.
const deepestNesting = 1000;

// Names that event-ruler keeps for operators, present and future: no field below $or may have one.
const reservedBelowOr: ReadonlySet<string> = new Set([
  ...Object.keys(operators),
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
]);

/** Reads a pattern into its conditions; they mean something only if no problem was added to the place. */
export const parsePattern = (pattern: unknown, place: Place): readonly Condition[] => {
  if (isRecord(pattern)) return parseObject(pattern, { keys: [], isBelowOr: false }, place);
  addProblem(place, describeValue(pattern), 'an object that names the fields of an event');
  return [];
};

const parseObject = (object: Readonly<Record<string, unknown>>, path: Path, place: Place): readonly Condition[] => {
  const keys = Object.keys(object);
  if (keys.length === 0) addProblem(place, 'an empty object', 'at least one field');
  if (place.depth > deepestNesting) {
    addProblem({ ...place, path: '' }, `more than ${deepestNesting} levels`, 'a flatter pattern');
    return [];
  }
  return keys.flatMap((key) => parseKey(key, object[key], path, enterKey(place, key)));
};

const parseKey = (key: string, value: unknown, path: Path, place: Place): readonly Condition[] => {
  if (key === '$or') return parseOr(value, path, place);
  if (path.isBelowOr && reservedBelowOr.has(key)) {
    addProblem(place, 'an operator as the name of a field', 'below $or a name that is no operator');
    return [];
  }
  if (isRecord(value)) return parseObject(value, { ...path, keys: [...path.keys, key] }, place);
  // A lone empty key at the start is lost, as in event-ruler.
  const outer = path.keys.join('.');
  const name = outer === '' ? key : `${outer}.${key}`;
  if (Array.isArray(value)) {
    const tests = parseValues(value, place);
    // Only what is valid is known to be flat enough to be spelled.
    const spellings = place.problems.length > 0 ? [] : value.map(spell);
    return [{ kind: 'field', name, tests, spellings }];
  }
  addProblem(place, describeValue(value), 'an array of values or an object of fields');
  return [];
};

const parseOr = (value: unknown, path: Path, place: Place): readonly Condition[] => {
  if (!Array.isArray(value) || value.length < 2) {
    addProblem(place, describeValue(value), 'an array of at least two objects');
  }
  const branches = Array.isArray(value) ? value : [];
  const parseBranch = (branch: unknown, index: number): readonly Condition[] => {
    const item = enterItem(place, index);
    if (isRecord(branch)) return parseObject(branch, { ...path, isBelowOr: true }, item);
    addProblem(item, describeValue(branch), 'an object of fields');
    return [];
  };
  return [{ kind: 'or', branches: branches.map(parseBranch) }];
};

const parseValues = (values: readonly unknown[], place: Place): readonly ValueTest[] => {
  if (values.length === 0) addProblem(place, 'an empty array', 'at least one value');
  const hasNumber = values.some(comparesNumbers);
  const hasAddress = values.some(comparesAddresses);
  return values.flatMap((value, index) => {
    const test = parseValue(value, enterItem(place, index));
    if (test === undefined) return [];
    // Where event-ruler compares numbers, it reads none as the digits of an address.
    if (hasNumber && comparesAddresses(value)) return [ifString(test)];
    // Where it compares addresses, it does so with the digits of a number, too.
    return hasAddress && typeof value === 'number' ? [test, isSpelled(`${value}`)] : [test];
  });
};

const comparesNumbers = (value: unknown): boolean => {
  if (!isRecord(value)) return typeof value === 'number';
  const denied = value['anything-but'];
  return 'numeric' in value || [denied].flat().some((item) => typeof item === 'number');
};

const comparesAddresses = (value: unknown): boolean =>
  isRecord(value) ? 'cidr' in value : typeof value === 'string' && parseAddress(value) !== undefined;

const parseValue = (value: unknown, place: Place): ValueTest | undefined => {
  if (isRecord(value)) return applyOperator(operators, value, place);
  if (typeof value === 'string') {
    const digits = parseAddress(value);
    return digits === undefined ? equalTo(wellFormed(value)) : isAddress(digits);
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return equalTo(value);
  addProblem(place, describeValue(value), 'a string, a number, true, false, null or an object with an operator');
  return undefined;
};
