import type { ElementSpan, EventValues, FoundValue } from './event-values.ts';
import type { Rule } from './rules.ts';

/** The array elements that the values chosen so far are in, by the array's number: others of these arrays are out. */
type Chosen = ReadonlyMap<number, ElementSpan>;

/**
 * Whether a value can be chosen for each field of the rule, so that no two are in different elements of one array.
 * A field is absent when it has no value that goes with those chosen for the fields before it.
 */
export const matchRule = (rule: Rule, values: EventValues): boolean => {
  const memory = values.arrays > 0 ? { failed: new Set<string>(), lastUses: findLastUses(rule, values) } : undefined;
  return matchFrom(rule, values, 0, nothingChosen, memory);
};

/** What was tried in vain, so that no search is done twice. */
type Memory = { readonly failed: Set<string>; readonly lastUses: ReadonlyMap<number, number> };

const nothingChosen: Chosen = new Map();

const matchFrom = (
  rule: Rule,
  values: EventValues,
  index: number,
  chosen: Chosen,
  memory: Memory | undefined,
): boolean => {
  const asked = rule[index];
  if (asked === undefined) return true;
  const found = values.byField[asked.field] ?? [];
  const key = memory && describeSearch(index, chosen, memory.lastUses);
  if (key !== undefined && memory?.failed.has(key)) return false;
  let isAbsent = true;
  let hasFailed = false;
  for (let at = nextConsistent(found, 0, chosen); at < found.length; at = nextConsistent(found, at + 1, chosen)) {
    const candidate = found[at];
    isAbsent = false;
    if (candidate === undefined || !asked.test(candidate.value)) continue;
    const next = choose(chosen, candidate.element);
    if (next === chosen && hasFailed) continue;
    if (matchFrom(rule, values, index + 1, next, memory)) return true;
    hasFailed ||= next === chosen;
  }
  if (isAbsent && asked.mayBeAbsent && matchFrom(rule, values, index + 1, chosen, memory)) return true;
  if (key !== undefined) memory?.failed.add(key);
  return false;
};

const choose = (chosen: Chosen, element: ElementSpan | undefined): Chosen => {
  if (element === undefined || chosen.get(element.array.id) === element) return chosen;
  const more = new Map(chosen);
  for (let span: ElementSpan | undefined = element; span !== undefined; span = span.outer)
    more.set(span.array.id, span);
  return more;
};

/** The next value in none but the chosen elements of their arrays; leaps over whole arrays, as these may be long. */
const nextConsistent = (found: readonly FoundValue[], start: number, chosen: Chosen): number => {
  let at = start;
  for (let candidate = found[at]; candidate !== undefined && chosen.size > 0; candidate = found[at]) {
    const order = findLeap(candidate, chosen);
    if (order === undefined) return at;
    at = findOrder(found, at + 1, order);
  }
  return at;
};

const findLeap = (candidate: FoundValue, chosen: Chosen): number | undefined => {
  for (let span = candidate.element; span !== undefined; span = span.outer) {
    const other = chosen.get(span.array.id);
    if (other === undefined || other === span) continue;
    return candidate.order < other.from ? other.from : span.array.to;
  }
  return undefined;
};

/** Where the first value of at least this order is, by bisection. */
const findOrder = (found: readonly FoundValue[], start: number, order: number): number => {
  let low = start;
  let high = found.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((found[middle]?.order ?? order) < order) low = middle + 1;
    else high = middle;
  }
  return low;
};

const findLastUses = (rule: Rule, values: EventValues): ReadonlyMap<number, number> => {
  const lastUses = new Map<number, number>();
  for (const [index, { field }] of rule.entries()) {
    for (const { element } of values.byField[field] ?? []) {
      for (let span = element; span !== undefined; span = span.outer) {
        if (lastUses.get(span.array.id) === index) break;
        lastUses.set(span.array.id, index);
      }
    }
  }
  return lastUses;
};

// Two searches are the same if they differ only in arrays that no field to come has a value in.
const describeSearch = (index: number, chosen: Chosen, lastUses: ReadonlyMap<number, number>): string => {
  const relevant = [...chosen].filter(([id]) => (lastUses.get(id) ?? 0) >= index);
  return [index, ...relevant.map(([id, { from }]) => `${id}:${from}`).toSorted()].join(' ');
};
