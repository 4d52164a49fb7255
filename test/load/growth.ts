export interface Sample {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly bytes: number;
}

/** Returns by how many bytes per second memory grows, by least squares. */
export function growthPerSecond(samples: readonly Sample[]): number {
  const mean = (read: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + read(sample), 0) / samples.length;
  const [meanAt, meanBytes] = [mean(({ at }) => at), mean(({ bytes }) => bytes)];
  const variance = mean(({ at }) => (at - meanAt) ** 2);
  return variance === 0 ? 0 : (mean(({ at, bytes }) => (at - meanAt) * (bytes - meanBytes)) / variance) * 1000;
}
