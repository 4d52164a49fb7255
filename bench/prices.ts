/** List prices of us-east-1 in USD without free tiers, November 2026; those of docs/deploying.md. */
export const PRICES = {
  /** https://aws.amazon.com/kms/pricing/ */
  kmsCall: 0.03 / 10_000,
  /** https://aws.amazon.com/s3/pricing/ */
  s3Put: 0.005 / 1_000,
  /** A custom event of 64 KB at most. https://aws.amazon.com/eventbridge/pricing/ */
  busEvent: 1 / 1_000_000,
  /** On arm64. https://aws.amazon.com/lambda/pricing/ */
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 / 1_000_000,
} as const;

/** A function with so many megabytes has one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MEGABYTES_A_CPU = 1_769;

/** What a run came to. */
export interface Usage {
  readonly kmsCalls: number;
  readonly s3Puts: number;
  readonly busEvents: number;
  readonly invocations: number;
  /** On one whole processor: of this so much was computing. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

export interface Dollars {
  readonly kms: number;
  readonly s3: number;
  readonly eventBridge: number;
  readonly lambda: number;
  readonly total: number;
}

/** What a run costs with a function of so much memory: below one vCPU what it computes takes longer. */
export function costOf(usage: Usage, memoryMb: number): Dollars {
  const slowdown = Math.max(1, MEGABYTES_A_CPU / memoryMb);
  const billedSeconds = usage.wallSeconds + usage.cpuSeconds * (slowdown - 1);
  const kms = usage.kmsCalls * PRICES.kmsCall;
  const s3 = usage.s3Puts * PRICES.s3Put;
  const eventBridge = usage.busEvents * PRICES.busEvent;
  const lambda = usage.invocations * PRICES.lambdaRequest + billedSeconds * (memoryMb / 1024) * PRICES.lambdaGbSecond;
  return { kms, s3, eventBridge, lambda, total: kms + s3 + eventBridge + lambda };
}
