import type { ContenderName } from './contenders/contender.ts';
import type { ExpectedCalls } from './expected-calls.ts';
import type { Dollars } from './prices.ts';
import type { Received } from './services.ts';
import type { MeasuredShape, Shape } from './shapes.ts';

/** Everything that the bench measures; docs/performance.json holds the latest. */
export interface Results {
  /** ISO 8601. */
  readonly day: string;
  readonly node: string;
  readonly processor: string;
  /** Of a shape, and rounds of which the median counts. */
  readonly records: number;
  readonly rounds: number;
  readonly bundleBytes: number;
  /** Milliseconds until a fresh process has loaded the bundle, the median. */
  readonly coldImportMs: number;
  readonly shapes: readonly ShapeResult[];
  readonly growth: Growth;
  readonly lag: Lag;
}

export type Compared<T> = Readonly<Record<ContenderName, T>>;

export interface ShapeResult extends MeasuredShape {
  readonly events: number;
  /** A record, as it lies in the stream. */
  readonly recordBytes: number;
  /** Microseconds of processor time an event. */
  readonly cpu: Compared<number>;
  /** Without latency, and with that of `LATENCY`. */
  readonly eventsPerSecond: Compared<number>;
  readonly eventsPerSecondWithLatency: { readonly handler: number; readonly naive: number };
  /** Of a fresh handler for all records, once. */
  readonly calls: Calls;
  readonly expected: ExpectedCalls;
  readonly received: Received;
  /** Calls an event. */
  readonly naiveCalls: Calls;
  /** USD a million events. */
  readonly dollars: { readonly handler: Dollars; readonly naive: Dollars };
  /** The most of several processes that work off a batch of 6 MB, in bytes. */
  readonly peakBytes: number;
}

export interface Calls {
  readonly kms: number;
  readonly s3: number;
  readonly putEvents: number;
}

/** How processor time and calls grow with the records of a run. */
export interface Growth {
  readonly shape: Shape;
  readonly points: readonly GrowthPoint[];
}

export interface GrowthPoint {
  readonly records: number;
  readonly cpuMs: number;
  readonly calls: Calls;
  readonly expected: ExpectedCalls;
}

/** From put to acknowledgement, milliseconds. */
export interface Lag {
  readonly recordsPerSecond: number;
  readonly windowSeconds: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}
