/** A stretch of time: epoch milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is known of the signs of life of one instance. */
export interface SignsOfLife {
  readonly add: (sign: Stretch) => void;
  /** The stretches of a window without a sign, each longer than what is allowed. */
  readonly gaps: (window: Stretch) => readonly Stretch[];
}

/**
 * Keeps signs of life in the order in which they come. Those no further apart than `mostSilence` milliseconds become one,
 * since no gap can lie between them: what is kept is bounded by the length of a day.
 */
export function createSignsOfLife(mostSilence: number): SignsOfLife {
  // In their order, none within `mostSilence` of another.
  let alive: Stretch[] = [];

  return {
    add({ from, to }) {
      if (alive.some((known) => known.from <= from && to <= known.to)) return;
      const isNear = (known: Stretch) => known.from - to <= mostSilence && from - known.to <= mostSilence;
      const near = [...alive.filter(isNear), { from, to }];
      const joined = {
        from: Math.min(...near.map((known) => known.from)),
        to: Math.max(...near.map((known) => known.to)),
      };
      alive = [...alive.filter((known) => !isNear(known)), joined].sort((one, other) => one.from - other.from);
    },
    gaps(window) {
      const edges = [
        ...alive.filter(({ from, to }) => to >= window.from && from <= window.to),
        { from: window.to, to: window.to },
      ];
      let silentSince = window.from;
      return edges.flatMap(({ from, to }) => {
        const gap = { from: silentSince, to: from };
        silentSince = Math.max(silentSince, to);
        return gap.to - gap.from > mostSilence ? [gap] : [];
      });
    },
  };
}
