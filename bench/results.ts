import type { Dollars } from './prices.ts';
import type { Shape } from './records.ts';

/** Everything that the bench measures; docs/performance.json holds the latest. */
export interface Results {
  /** ISO 8601, day. */
  readonly day: string;
  readonly node: string;
  readonly processor: string;
  /** A shape, and rounds of which the median counts. */
  readonly records: number;
  readonly rounds: number;
  readonly bundleBytes: number;
  /** Milliseconds until a fresh process has loaded the bundle, the median. */
  readonly coldImportMs: number;
  readonly shapes: readonly ShapeResult[];
  readonly growth: Growth;
  readonly lag: Lag;
}

/** By contender. */
export interface Compared<T> {
  readonly handler: T;
  readonly libraryFloor: T;
  readonly nativeFloor: T;
  readonly naive: T;
}

export interface ShapeResult extends Shape {
  readonly events: number;
  /** A record, as it lies in the stream. */
  readonly recordBytes: number;
  /** Microseconds of processor time an event. */
  readonly cpu: Compared<number>;
  /** Without latency, and with that of `LATENCY`. */
  readonly eventsPerSecond: Compared<number>;
  readonly eventsPerSecondWithLatency: { readonly handler: number; readonly naive: number };
  readonly calls: Calls;
  readonly naiveCalls: Pick<Calls, 'kms' | 's3' | 'events'>;
  /** USD a million events. */
  readonly dollars: { readonly handler: Dollars; readonly naive: Dollars };
  /** Of a process that works off a batch of 6 MB. */
  readonly peakBytes: number;
}

/** What a fresh handler called for all records of a shape, once. */
export interface Calls {
  readonly kms: number;
  readonly s3: number;
  readonly events: number;
  /** That were published. */
  readonly entries: number;
  readonly dataKeys: number;
  /** The most objects that classes and hours of the chunks can make. */
  readonly mostObjects: number;
}

/** How processor time and calls grow with the records of a run. */
export interface Growth {
  readonly shape: Shape;
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  readonly records: number;
  readonly cpuMs: number;
  readonly kms: number;
  readonly s3: number;
  readonly events: number;
}

/** From put to acknowledgement, milliseconds. */
export interface Lag {
  readonly recordsPerSecond: number;
  readonly windowSeconds: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Milliseconds that a service takes to answer, where there is latency. */
export const LATENCY = { kms: 10, s3: 30, events: 15 } as const;

export function nameOf({ engine, eventsPerRecord }: Shape): string {
  const name = engine === 'aurora-mysql' ? 'Aurora MySQL, signed' : 'Aurora PostgreSQL';
  return `${name}, ${eventsPerRecord} a record`;
}
