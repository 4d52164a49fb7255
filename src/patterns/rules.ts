import type { Condition, FieldCondition } from './parse-pattern.ts';
import { anyOf, mustBeAbsent, type ValueTest } from './value-tests.ts';

/** What a rule asks of one field of an event. */
export interface FieldTest {
  /** Which of the pattern's fields: the place of its values in what is collected from an event. */
  readonly field: number;
  readonly test: ValueTest;
  readonly mayBeAbsent: boolean;
}

/** What a pattern without `$or` asks, in the order of the fields' dotted names: absence depends on what came before. */
export type Rule = readonly FieldTest[];

type Branch = Map<string, FieldCondition>;

/** How many rules without `$or` say the same as the conditions; EventBridge refuses more than a thousand. */
export const countRules = (conditions: readonly Condition[]): number =>
  conditions.reduce((count, condition) => {
    if (condition.kind === 'field') return count;
    return count * condition.branches.reduce((sum, branch) => sum + countRules(branch), 0);
  }, 1);

/** Turns conditions into rules without `$or`, one of which has to match, and the dotted names of all their fields. */
export const buildRules = (
  conditions: readonly Condition[],
): { readonly names: readonly string[]; readonly rules: readonly Rule[] } => {
  const branches = dropKnown(expand(conditions, [new Map()]));
  const names = [...new Set(branches.flatMap((branch) => [...branch.keys()]))].toSorted();
  const rules = branches.map((branch) => names.flatMap((name, field) => toFieldTest(field, branch.get(name)?.tests)));
  return { names, rules };
};

// A field that is named again replaces what was asked of it before, inside and outside of $or, as in event-ruler.
const expand = (conditions: readonly Condition[], branches: readonly Branch[]): readonly Branch[] => {
  let expanded = branches;
  for (const condition of conditions) {
    if (condition.kind === 'or') {
      const forked = expanded;
      expanded = condition.branches.flatMap((nested) =>
        expand(
          nested,
          forked.map((branch) => new Map(branch)),
        ),
      );
    } else {
      for (const branch of expanded) branch.set(condition.name, condition);
    }
  }
  return expanded;
};

// To event-ruler a branch of $or is known, and left out, if an earlier one has the same fields and among what it asks
// of each of them the first that this one asks: of `{"$or": [{"a": ["x"]}, {"a": ["x", "y"]}]}` it never sees `y`.
const dropKnown = (branches: readonly Branch[]): readonly Branch[] => {
  const kept: Branch[] = [];
  for (const branch of branches) if (!kept.some((earlier) => isKnown(branch, earlier))) kept.push(branch);
  return kept;
};

const isKnown = (branch: Branch, earlier: Branch): boolean => {
  if (branch.size !== earlier.size) return false;
  for (const [name, { spellings }] of branch) {
    const [first = ''] = spellings;
    if (earlier.get(name)?.spellings.includes(first) !== true) return false;
  }
  return true;
};

const toFieldTest = (field: number, tests: readonly ValueTest[] | undefined): readonly FieldTest[] => {
  if (tests === undefined) return [];
  const test = anyOf(tests.filter((test) => test !== mustBeAbsent));
  return [{ field, test, mayBeAbsent: tests.includes(mustBeAbsent) }];
};
