import { wellFormed } from './value-tests.ts';

/** An array with elements that hold values of the pattern's fields; `to` counts the values found up to its end. */
export interface ArraySpan {
  readonly id: number;
  to: number;
}

/** An element of an array, itself in an element of another array or not; `from` counts the values found before it. */
export interface ElementSpan {
  readonly array: ArraySpan;
  readonly outer: ElementSpan | undefined;
  readonly from: number;
}

/** A value of a field, numbered in the order of the event, and the innermost array element around it. */
export interface FoundValue {
  readonly value: unknown;
  readonly order: number;
  readonly element: ElementSpan | undefined;
}

/** The names of a pattern's fields, part by part: `a.b` is the same whether an event nests `b` or has a dot in a key. */
export interface NameTree {
  field: number | undefined;
  readonly parts: Map<string, NameTree>;
  /** Whether only a key with dots leads here. */
  readonly isHidden: boolean;
}

/** All values that an event has for the fields of a pattern, by field. */
export interface EventValues {
  readonly byField: readonly FoundValue[][];
  count: number;
  arrays: number;
}

// Guards the recursion over the event; the JSON parser of event-ruler stops there as well.
const deepestNesting = 1000;

// As event-ruler, which forgets the empty parts at the end of a name: it reads an event's empty key only if a name of
// the pattern has an empty part elsewhere.
const emptyPart = /^$|(^\.|\.\.).*[^.]/s;

export const buildNameTree = (names: readonly string[]): NameTree => {
  const isEmptyRead = names.some((name) => emptyPart.test(name));
  const root: NameTree = { field: undefined, parts: new Map(), isHidden: false };
  for (const [field, name] of names.entries()) {
    let node = root;
    for (const part of name.split('.')) {
      const isHidden = part === '' && !isEmptyRead;
      const next = node.parts.get(part) ?? { field: undefined, parts: new Map(), isHidden };
      node.parts.set(part, next);
      node = next;
    }
    node.field = field;
  }
  return root;
};

/** Finds the values of the fields in an event; nothing when the event is nested beyond what the engine reads. */
export const collectValues = (tree: NameTree, fields: number, event: object): EventValues | undefined => {
  const byField: FoundValue[][] = [];
  while (byField.length < fields) byField.push([]);
  const values: EventValues = { byField, count: 0, arrays: 0 };
  return collect(values, tree, event, undefined, 1) ? values : undefined;
};

const collect = (
  values: EventValues,
  node: NameTree,
  value: unknown,
  element: ElementSpan | undefined,
  depth: number,
): boolean => {
  if (typeof value !== 'object' || value === null) {
    if (node.field !== undefined && value !== undefined) addValue(values, node.field, value, element);
    return true;
  }
  if (depth > deepestNesting) return false;
  return Array.isArray(value)
    ? collectArray(values, node, value, element, depth)
    : collectObject(values, node, value as Readonly<Record<string, unknown>>, element, depth);
};

const addValue = (values: EventValues, field: number, value: unknown, element: ElementSpan | undefined): void => {
  const comparable = typeof value === 'string' ? wellFormed(value) : value;
  values.byField[field]?.push({ value: comparable, order: values.count, element });
  values.count += 1;
};

const collectObject = (
  values: EventValues,
  node: NameTree,
  object: Readonly<Record<string, unknown>>,
  element: ElementSpan | undefined,
  depth: number,
): boolean => {
  for (const key in object) {
    // Own properties only: an event has no field `constructor` unless it says so.
    const next = Object.hasOwn(object, key) ? findPart(node, key) : undefined;
    if (next !== undefined && !collect(values, next, object[key], element, depth + 1)) return false;
  }
  return true;
};

const findPart = (node: NameTree, key: string): NameTree | undefined => {
  const part = node.parts.get(key);
  if (!key.includes('.')) return part?.isHidden ? undefined : part;
  return key.split('.').reduce<NameTree | undefined>((found, part) => found?.parts.get(part), node);
};

// Only what is nested in an array belongs to one of its elements: a plain value goes with any other element.
const collectArray = (
  values: EventValues,
  node: NameTree,
  items: readonly unknown[],
  outer: ElementSpan | undefined,
  depth: number,
): boolean => {
  const array: ArraySpan = { id: values.arrays, to: 0 };
  values.arrays += 1;
  for (const item of items) {
    const isNested = typeof item === 'object' && item !== null;
    const element = isNested ? { array, outer, from: values.count } : outer;
    if (!collect(values, node, item, element, depth + 1)) return false;
  }
  array.to = values.count;
  return true;
};
