import { PRICES, type Price } from '../infra/prices.ts';

/** A function with so many megabytes has one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MEGABYTES_A_CPU = 1_769;

/** What a run came to. */
export interface Usage {
  readonly kmsCalls: number;
  readonly s3Puts: number;
  readonly busEvents: number;
  readonly invocations: number;
  /** Of this so much was computing. */
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
  const kms = priceOf(PRICES.kmsCalls, usage.kmsCalls);
  const s3 = priceOf(PRICES.s3Puts, usage.s3Puts);
  const eventBridge = priceOf(PRICES.busEvents, usage.busEvents);
  const lambda =
    priceOf(PRICES.lambdaRequests, usage.invocations) +
    priceOf(PRICES.lambdaGigabyteSeconds, (billedSeconds * memoryMb) / 1024);
  return { kms, s3, eventBridge, lambda, total: kms + s3 + eventBridge + lambda };
}

function priceOf({ usd, per }: Price, amount: number): number {
  return (amount / per) * usd;
}
