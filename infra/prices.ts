/** So many US dollars for so many. */
export interface Price {
  readonly usd: number;
  readonly per: number;
}

/**
 * AWS' list prices of us-east-1, November 2026, beyond any free tier. Other Regions differ by some per cent.
 * https://aws.amazon.com/kms/pricing https://aws.amazon.com/s3/pricing https://aws.amazon.com/eventbridge/pricing
 * https://aws.amazon.com/lambda/pricing https://aws.amazon.com/cloudwatch/pricing
 */
export const PRICES = {
  kmsCalls: { usd: 0.03, per: 10_000 },
  kmsKeyMonths: { usd: 1, per: 1 },
  s3Puts: { usd: 0.005, per: 1_000 },
  s3GigabyteMonths: { usd: 0.023, per: 1 },
  /** Of at most 64 KiB each. */
  busEvents: { usd: 1, per: 1_000_000 },
  busArchiveGigabytes: { usd: 0.1, per: 1 },
  lambdaRequests: { usd: 0.2, per: 1_000_000 },
  /** On arm64. */
  lambdaGigabyteSeconds: { usd: 0.0000133334, per: 1 },
  metricMonths: { usd: 0.3, per: 1 },
  /** An alarm costs that for each metric that it looks at. */
  alarmMetricMonths: { usd: 0.1, per: 1 },
  dashboardMonths: { usd: 3, per: 1 },
  logGigabytes: { usd: 0.5, per: 1 },
} as const satisfies Readonly<Record<string, Price>>;
