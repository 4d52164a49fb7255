export interface Sample {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly bytes: number;
}

/**
 * By how many bytes a second memory grows, by least squares over the second half of the samples: in the first half caches fill
 * and code is compiled.
 */
export function growthPerSecond(samples: readonly Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  const meanAt = mean(half.map(({ at }) => at));
  const meanBytes = mean(half.map(({ bytes }) => bytes));
  const covariance = mean(half.map(({ at, bytes }) => (at - meanAt) * (bytes - meanBytes)));
  const variance = mean(half.map(({ at }) => (at - meanAt) ** 2));
  return variance === 0 ? 0 : (covariance / variance) * 1000;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
