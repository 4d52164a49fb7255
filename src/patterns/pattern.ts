import { buildNameTree, collectValues } from './event-values.ts';
import { matchRule } from './match-rule.ts';
import { isRecord } from './operators.ts';
import { parsePattern } from './parse-pattern.ts';
import { addProblem, type PatternProblem, startAt } from './problems.ts';
import { buildRules, countRules, type Rule } from './rules.ts';

export type { PatternProblem } from './problems.ts';

const mostRules = 1000;

const mostFields = 256;

type Reading = {
  readonly names: readonly string[];
  readonly rules: readonly Rule[];
  readonly problems: readonly PatternProblem[];
};

const readPattern = (pattern: unknown): Reading => {
  const problems: PatternProblem[] = [];
  const root = startAt(problems);
  const conditions = parsePattern(pattern, root);
  if (countRules(conditions) > mostRules) {
    addProblem(root, `more than ${mostRules} combinations of $or branches`, 'fewer branches');
  }
  if (problems.length > 0) return { names: [], rules: [], problems };
  const { names, rules } = buildRules(conditions);
  if (rules.some((rule) => rule.length > mostFields)) {
    addProblem(root, `more than ${mostFields} fields`, 'fewer fields');
  }
  return { names, rules, problems };
};

/**
 * Lists all that EventBridge's engine would refuse in an event pattern; nothing when the pattern is valid.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const validatePattern = (pattern: unknown): readonly PatternProblem[] => readPattern(pattern).problems;

/**
 * Compiles an event pattern into a function that says whether an event matches it, as EventBridge's engine does.
 * What is no JSON object, or nested a thousand levels deep in a field of the pattern, is no event and matches nothing.
 *
 * @throws Error with all problems, when the pattern is invalid.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const compilePattern = (pattern: unknown): ((event: unknown) => boolean) => {
  const { names, rules, problems } = readPattern(pattern);
  if (problems.length > 0) {
    const lines = problems.map(({ path, problem }) => `${path}: ${problem}`);
    throw new Error(`The event pattern is invalid.\n${lines.join('\n')}`);
  }
  const tree = buildNameTree(names);
  return (event) => {
    if (!isRecord(event)) return false;
    const values = collectValues(tree, names.length, event);
    return values !== undefined && rules.some((rule) => matchRule(rule, values));
  };
};

/**
 * Whether an event matches an event pattern; to match many events, compile the pattern once.
 *
 * @throws Error with all problems, when the pattern is invalid.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const matchesPattern = (pattern: unknown, event: unknown): boolean => compilePattern(pattern)(event);
