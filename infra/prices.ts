/**
 * AWS' list prices in US dollars, us-east-1, November 2026, beyond any free tier. Other Regions differ by some per cent.
 * https://aws.amazon.com/kms/pricing https://aws.amazon.com/s3/pricing https://aws.amazon.com/eventbridge/pricing
 * https://aws.amazon.com/lambda/pricing https://aws.amazon.com/cloudwatch/pricing https://aws.amazon.com/kinesis/data-streams/pricing
 */
export const PRICES = {
  kmsCall: 0.03 / 10_000,
  kmsKeyMonth: 1,
  s3Put: 0.005 / 1_000,
  s3GigabyteMonth: 0.023,
  /** An event of at most 64 KiB. */
  busEvent: 1 / 1_000_000,
  busArchiveGigabyte: 0.1,
  lambdaRequest: 0.2 / 1_000_000,
  /** On arm64. */
  lambdaGigabyteSecond: 0.0000133334,
  customMetricMonth: 0.3,
  alarmMetricMonth: 0.1,
  dashboardMonth: 3,
  logGigabyte: 0.5,
} as const;
