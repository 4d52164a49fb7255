import type { Field } from './match-fields.ts';
import type { Condition } from './parse-pattern.ts';
import { anyOf, mustBeAbsent, type ValueTest } from './value-tests.ts';

/** What a rule without `$or` asks of each field, by the field's dotted name. */
type Rule = ReadonlyMap<string, { readonly keys: readonly string[]; readonly tests: readonly ValueTest[] }>;

/** How many rules without `$or` say the same as the conditions; EventBridge refuses more than a thousand. */
export const countRules = (conditions: readonly Condition[]): number =>
  conditions.reduce((count, condition) => {
    if (condition.kind === 'field') return count;
    return count * condition.branches.reduce((sum, branch) => sum + countRules(branch), 0);
  }, 1);

/** Turns conditions into rules without `$or`, one of which has to match; each is the first of its linked fields. */
export const buildRules = (conditions: readonly Condition[]): readonly Field[] =>
  expand(conditions, [new Map()])
    .map(linkFields)
    .filter((field) => field !== undefined);

// A field that is named again replaces what was asked of it before, inside and outside of $or, as in event-ruler.
const expand = (conditions: readonly Condition[], rules: readonly Rule[]): readonly Rule[] =>
  conditions.reduce((expanded, condition) => {
    if (condition.kind === 'or') return condition.branches.flatMap((branch) => expand(branch, expanded));
    return expanded.map((rule) => new Map(rule).set(condition.keys.join('.'), condition));
  }, rules);

const linkFields = (rule: Rule): Field | undefined =>
  [...rule]
    .toSorted(([name], [other]) => (name < other ? -1 : 1))
    .reduceRight<Field | undefined>((next, [, { keys, tests }]) => linkField(keys, tests, next), undefined);

const linkField = (keys: readonly string[], tests: readonly ValueTest[], next: Field | undefined): Field => {
  const shared = next === undefined ? 0 : countShared(keys, next);
  return {
    steps: keys.map((key, depth) => ({
      key,
      parts: key.includes('.') ? key.split('.') : undefined,
      runEnd: depth < shared ? next?.steps[depth]?.runEnd : next,
    })),
    test: anyOf(tests.filter((test) => test !== mustBeAbsent)),
    mayBeAbsent: tests.includes(mustBeAbsent),
    next,
  };
};

const countShared = (keys: readonly string[], next: Field): number => {
  const differing = keys.findIndex((key, depth) => key !== next.steps[depth]?.key);
  return differing < 0 ? keys.length : differing;
};
