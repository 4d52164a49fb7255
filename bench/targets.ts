import { fitLine } from './fit.ts';
import { type GrowthPoint, nameOf, type Results, type ShapeResult } from './results.ts';

/** A promise of the bench, and whether it holds. */
export interface Target {
  readonly name: string;
  readonly found: string;
  readonly holds: boolean;
  /** Whether it is a count, which no machine changes, rather than a time. */
  readonly exact: boolean;
}

/** How much of the library floor's processor time the handler may take, where the calls allow it at all. */
const MOST_OF_FLOOR: readonly {
  readonly engine: ShapeResult['engine'];
  readonly eventsPerRecord: number;
  readonly most: number;
}[] = [
  { engine: 'aurora-postgresql', eventsPerRecord: 1, most: 1.5 },
  { engine: 'aurora-postgresql', eventsPerRecord: 10, most: 1.25 },
  { engine: 'aurora-mysql', eventsPerRecord: 1, most: 1 },
  { engine: 'aurora-mysql', eventsPerRecord: 10, most: 1 },
];
const LEAST_SPEEDUP = 20;
const MOST_PEAK_BYTES = 300 * 1024 * 1024;
/** Of a straight line: that little is left to the noise. */
const LEAST_R2 = 0.99;

export function judge({ shapes, growth }: Results): readonly Target[] {
  return [...shapes.flatMap(judgeShape), ...judgeGrowth(growth.points)];
}

function judgeShape(shape: ShapeResult): readonly Target[] {
  const { calls, cpu, eventsPerSecondWithLatency: speed, peakBytes } = shape;
  const most = MOST_OF_FLOOR.find(
    ({ engine, eventsPerRecord }) => engine === shape.engine && eventsPerRecord === shape.eventsPerRecord,
  )?.most;
  const ratio = cpu.handler / cpu.libraryFloor;
  const speedup = speed.handler / speed.naive;
  const fewest = Math.ceil(calls.entries / 10);
  const targets: readonly Target[] = [
    ...(most === undefined
      ? []
      : [time(`processor time ≤ ${most} × the library floor`, `${ratio.toFixed(2)} ×`, ratio <= most)]),
    time(
      `≥ ${LEAST_SPEEDUP} × the naive consumer's events a second`,
      `${speedup.toFixed(0)} ×`,
      speedup >= LEAST_SPEEDUP,
    ),
    time('peak of a 6 MB batch < 300 MB', `${Math.round(peakBytes / 1024 / 1024)} MB`, peakBytes < MOST_PEAK_BYTES),
    count('KMS calls = data keys', `${calls.kms} for ${calls.dataKeys}`, calls.kms === calls.dataKeys),
    count('objects ≤ classes × hours a chunk', `${calls.s3} of ${calls.mostObjects}`, calls.s3 <= calls.mostObjects),
    count('PutEvents ≤ 1.05 × ⌈entries / 10⌉', `${calls.events} for ${fewest}`, calls.events <= 1.05 * fewest),
  ];
  return targets.map((target) => ({ ...target, name: `${nameOf(shape)}: ${target.name}` }));
}

function judgeGrowth(points: readonly GrowthPoint[]): readonly Target[] {
  const fitOf = (y: (point: GrowthPoint) => number) => fitLine(points.map((point) => [point.records, y(point)]));
  const cpu = fitOf(({ cpuMs }) => cpuMs);
  const objects = fitOf(({ s3 }) => s3);
  const entries = fitOf(({ events }) => events);
  const keys = new Set(points.map(({ kms }) => kms));
  return [
    time('processor time grows as a line', `r² ${cpu.r2.toFixed(4)}`, cpu.r2 >= LEAST_R2),
    count('S3 calls grow as a line', `r² ${objects.r2.toFixed(4)}`, objects.r2 >= LEAST_R2),
    count('EventBridge calls grow as a line', `r² ${entries.r2.toFixed(4)}`, entries.r2 >= LEAST_R2),
    count('KMS calls do not grow', `${[...keys].join(', ')}`, keys.size === 1),
  ];
}

function time(name: string, found: string, holds: boolean): Target {
  return { name, found, holds, exact: false };
}

function count(name: string, found: string, holds: boolean): Target {
  return { name, found, holds, exact: true };
}
