import type { PlainMetric } from '../../src/metrics.ts';

const LAG: PlainMetric = 'ProcessingLag';

/** The lags, in milliseconds, that lines of the function's log tell in CloudWatch's embedded metric format. */
export function readLags(log: readonly string[]): readonly number[] {
  return log
    .filter((line) => line.startsWith('{') && line.includes('"_aws"') && line.includes(`"${LAG}"`))
    .flatMap((line) => JSON.parse(line)[LAG] as number | readonly number[]);
}
