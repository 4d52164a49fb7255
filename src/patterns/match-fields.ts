import type { ValueTest } from './value-tests.ts';

/**
 * One field of a rule, linked to the rule's next field in the order of their names.
 * Fields that share the first keys of their paths thus follow each other, in a run.
 */
export interface Field {
  readonly steps: readonly Step[];
  readonly test: ValueTest;
  readonly mayBeAbsent: boolean;
  readonly next: Field | undefined;
}

interface Step {
  readonly key: string;
  /** The parts of a key with dots, which also names a field of nested objects. */
  readonly parts: readonly string[] | undefined;
  /** The first field after the run that shares the path up to this step. */
  readonly runEnd: Field | undefined;
}

/** Whether the event has all fields of the rule that starts with this one. Objects are walked without allocating. */
export const matchFields = (first: Field, event: object): boolean => matchRun(first, undefined, 0, event, false);

/**
 * Whether the fields from `first` up to `end`, the path to all of which has led to the value, are as asked.
 * With `isFound`, the first field has to have a value: its absence was looked at before.
 */
const matchRun = (first: Field, end: Field | undefined, depth: number, value: unknown, isFound: boolean): boolean => {
  if (Array.isArray(value)) return matchArray(first, end, depth, value, isFound);
  if (typeof value === 'object' && value !== null) {
    return matchObject(first, end, depth, value as Record<string, unknown>, isFound);
  }
  if (first.steps.length > depth || value === undefined) return !isFound && mayAllBeAbsent(first, end);
  return first.test(value) && mayAllBeAbsent(first.next, end);
};

const matchObject = (
  first: Field,
  end: Field | undefined,
  depth: number,
  object: Readonly<Record<string, unknown>>,
  isFound: boolean,
): boolean => {
  let field: Field | undefined = first;
  while (field !== undefined && field !== end) {
    const step: Step | undefined = field.steps[depth];
    const runEnd: Field | undefined = step === undefined ? field.next : step.runEnd;
    // An object is no value: a field that ends here is absent.
    const child = step === undefined ? undefined : readStep(object, step);
    if (!matchRun(field, runEnd, depth + 1, child, isFound && field === first)) return false;
    field = runEnd;
  }
  return true;
};

/**
 * An array holds several values for a field: any will do. Its objects, however, answer for all fields of the run
 * together, so that no match is made up of the parts of two. Until a field has settled on such an object, absence
 * means that no object of the array has the field.
 */
const matchArray = (
  first: Field | undefined,
  end: Field | undefined,
  depth: number,
  array: readonly unknown[],
  isFound: boolean,
): boolean => {
  if (first === undefined || first === end) return true;
  if (first.mayBeAbsent && !isFound && !hasValue(first, depth, array)) {
    if (matchArray(first.next, end, depth, array, false)) return true;
  }
  if (first.steps.length === depth && array.some((item) => isScalar(item) && first.test(item))) {
    if (matchArray(first.next, end, depth, array, false)) return true;
  }
  return array.some((item) => !isScalar(item) && matchRun(first, end, depth, item, true));
};

const mayAllBeAbsent = (first: Field | undefined, end: Field | undefined): boolean => {
  for (let field = first; field !== undefined && field !== end; field = field.next) {
    if (!field.mayBeAbsent) return false;
  }
  return true;
};

const hasValue = (field: Field, depth: number, value: unknown): boolean => {
  if (Array.isArray(value)) return value.some((item) => hasValue(field, depth, item));
  if (typeof value !== 'object' || value === null) return value !== undefined && field.steps.length === depth;
  const step = field.steps[depth];
  return step !== undefined && hasValue(field, depth + 1, readStep(value as Record<string, unknown>, step));
};

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

// Own properties only: an event has no field `constructor` unless it says so.
const readKey = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;

const readStep = (object: Readonly<Record<string, unknown>>, step: Step): unknown => {
  if (step.parts === undefined || Object.hasOwn(object, step.key)) return readKey(object, step.key);
  return step.parts.reduce<unknown>(readKey, object);
};
