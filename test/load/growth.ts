export interface Sample {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly bytes: number;
}

/** By how many bytes a second memory grows, by least squares. */
export function growthPerSecond(samples: readonly Sample[]): number {
  const meanAt = mean(samples.map(({ at }) => at));
  const meanBytes = mean(samples.map(({ bytes }) => bytes));
  const covariance = mean(samples.map(({ at, bytes }) => (at - meanAt) * (bytes - meanBytes)));
  const variance = mean(samples.map(({ at }) => (at - meanAt) ** 2));
  return variance === 0 ? 0 : (covariance / variance) * 1000;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
