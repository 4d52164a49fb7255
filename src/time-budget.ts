/** The time an invocation has, and what is kept of it to answer. */
export interface TimeBudget {
  /** Whether another chunk may be begun. */
  readonly allowsMore: () => boolean;
  /** Aborts what is under way shortly before the end, so that there is still an answer. */
  readonly signal: AbortSignal;
  /** Ends it: aborts what is still under way. */
  readonly close: () => void;
}

/** No chunk is begun in the last five seconds, or in the last tenth of a long timeout. */
const LEAST_RESERVE_MS = 5_000;

/** Long enough to answer after the last call was aborted. */
const ANSWER_MS = 1_000;

/** `remaining` gives the milliseconds left, as Lambda's context does. */
export function createTimeBudget(remaining: () => number): TimeBudget {
  const total = remaining();
  const reserve = Math.max(LEAST_RESERVE_MS, total / 10);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.max(0, total - Math.min(ANSWER_MS, total / 10)));
  return {
    allowsMore: () => remaining() > reserve,
    signal: controller.signal,
    close: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
