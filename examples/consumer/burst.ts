/** A refused login, as far as it is remembered. */
export interface Refusal {
  /** When it came into the stream, milliseconds since 1970. */
  readonly at: number;
  /** The same event may arrive more than once, always with the same id. */
  readonly eventId: string;
}

/** So many within ten minutes are worth an alert. */
export const BURST = 5;

export const TEN_MINUTES_MS = 600_000;

/** Whoever guesses passwords must not fill the table. */
const MOST_KEPT = 4 * BURST;

/** The first refusals after a moment that are enough for an alert, in their order; none where there are too few. */
export function findBurst(refusals: readonly Refusal[], after: number): readonly Refusal[] {
  const later = inOrder(refusals).filter(({ at }) => at > after);
  const start = later.findIndex(({ at }, index) => {
    const last = later[index + BURST - 1];
    return last !== undefined && last.at - at <= TEN_MINUTES_MS;
  });
  return start === -1 ? [] : later.slice(start, start + BURST);
}

/** What no alert can need any more, and what is more than is remembered. */
export function findStale(refusals: readonly Refusal[]): readonly Refusal[] {
  const ordered = inOrder(refusals);
  const newest = ordered.at(-1)?.at ?? 0;
  // Events come in any order: twice the time leaves room for those that are late.
  const kept = ordered.filter(({ at }) => newest - at <= 2 * TEN_MINUTES_MS).slice(-MOST_KEPT);
  return ordered.filter((refusal) => !kept.includes(refusal));
}

function inOrder(refusals: readonly Refusal[]): readonly Refusal[] {
  return refusals.toSorted((one, other) => one.at - other.at);
}
