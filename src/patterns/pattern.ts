import { matchFields } from './match-fields.ts';
import { isRecord } from './operators.ts';
import { type Condition, parsePattern } from './parse-pattern.ts';
import { addProblem, type PatternProblem, startAt } from './problems.ts';
import { buildRules, countRules } from './rules.ts';

export type { PatternProblem } from './problems.ts';

const mostRules = 1000;

type Reading = { readonly conditions: readonly Condition[]; readonly problems: readonly PatternProblem[] };

const readPattern = (pattern: unknown): Reading => {
  const problems: PatternProblem[] = [];
  const root = startAt(problems);
  const conditions = parsePattern(pattern, root);
  if (countRules(conditions) > mostRules) {
    addProblem(root, `more than ${mostRules} combinations of $or branches`, 'fewer branches');
  }
  return { conditions, problems };
};

/**
 * Lists all that EventBridge's engine would refuse in an event pattern; nothing when the pattern is valid.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const validatePattern = (pattern: unknown): readonly PatternProblem[] => readPattern(pattern).problems;

/**
 * Compiles an event pattern into a function that says whether an event matches it, as EventBridge's engine does.
 * What is no JSON object is no event and matches nothing.
 *
 * @throws Error with all problems, when the pattern is invalid.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const compilePattern = (pattern: unknown): ((event: unknown) => boolean) => {
  const { conditions, problems } = readPattern(pattern);
  if (problems.length > 0) {
    const lines = problems.map(({ path, problem }) => `${path}: ${problem}`);
    throw new Error(`The event pattern is invalid.\n${lines.join('\n')}`);
  }
  const rules = buildRules(conditions);
  return (event) => {
    if (!isRecord(event)) return false;
    for (const rule of rules) if (matchFields(rule, event)) return true;
    return false;
  };
};

/**
 * Whether an event matches an event pattern; to match many events, compile the pattern once.
 *
 * @throws Error with all problems, when the pattern is invalid.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export const matchesPattern = (pattern: unknown, event: unknown): boolean => compilePattern(pattern)(event);
