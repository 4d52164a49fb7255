import type { KeptObject } from './deliveries.ts';

/** What is to be done with what was found. */
export interface Plan {
  readonly toSend: readonly KeptObject[];
  /** Redriven before: not sent again. */
  readonly marked: readonly KeptObject[];
  /** Keys of objects that do not belong there. */
  readonly strange: readonly string[];
}

/** `since` is a day as in `2026-03-01`, or null for all. `marked` holds the keys of objects with a mark. */
export function planRedrive(
  keys: readonly string[],
  marked: ReadonlySet<string>,
  since: string | null,
  readKey: (key: string) => KeptObject | null,
): Plan {
  const plan = { toSend: [] as KeptObject[], marked: [] as KeptObject[], strange: [] as string[] };
  for (const key of keys) {
    const kept = readKey(key);
    if (kept === null) plan.strange.push(key);
    else if (since === null || kept.day >= since) (marked.has(key) ? plan.marked : plan.toSend).push(kept);
  }
  return plan;
}
