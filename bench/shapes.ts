/** The engines whose real messages are known: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/DBActivityStreams.html */
const ENGINES = {
  'aurora-postgresql': 'Aurora PostgreSQL',
  'aurora-mysql': 'Aurora MySQL, signed',
} as const;

export type BenchEngine = keyof typeof ENGINES;

export const BENCH_ENGINES = Object.keys(ENGINES) as BenchEngine[];

/** One kind of stream. */
export interface Shape {
  readonly engine: BenchEngine;
  readonly eventsPerRecord: number;
}

/** How much of the library floor's processor time the handler may take: at most, or, of a whole, less. */
export interface MeasuredShape extends Shape {
  readonly ofLibraryFloor: number | null;
}

export const SHAPES: readonly MeasuredShape[] = [
  { engine: 'aurora-postgresql', eventsPerRecord: 1, ofLibraryFloor: 1.5 },
  { engine: 'aurora-postgresql', eventsPerRecord: 10, ofLibraryFloor: 1.25 },
  { engine: 'aurora-postgresql', eventsPerRecord: 100, ofLibraryFloor: null },
  { engine: 'aurora-mysql', eventsPerRecord: 1, ofLibraryFloor: 1 },
  { engine: 'aurora-mysql', eventsPerRecord: 10, ofLibraryFloor: 1 },
];

/** The one whose figures README names, and whose growth is measured. */
export const TYPICAL: Shape = { engine: 'aurora-postgresql', eventsPerRecord: 10 };

export function nameOf({ engine, eventsPerRecord }: Shape): string {
  return `${ENGINES[engine]}, ${eventsPerRecord} a record`;
}
