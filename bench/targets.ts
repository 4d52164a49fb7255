import { fitLine } from './fit.ts';
import type { GrowthPoint, Results, ShapeResult } from './results.ts';
import { nameOf } from './shapes.ts';

/** A promise of the bench, and whether it holds. */
export interface Target {
  readonly name: string;
  readonly found: string;
  readonly holds: boolean;
  /** Whether it is a count, which is the same on every machine, rather than time or memory. */
  readonly exact: boolean;
}

const LEAST_SPEEDUP = 20;
const MEGABYTE = 1024 * 1024;
const MOST_PEAK_MB = 300;
/** Of calls to the bus: a chunk's last one may not be full. */
const MOST_OF_FEWEST = 1.05;
/** Ten times the records take ten times as long, to so many per cent of the exponent. */
const MOST_OFF_LINEAR = 0.1;

export function judge({ shapes, growth }: Results): readonly Target[] {
  return [...shapes.flatMap(judgeShape), ...judgeGrowth(growth.points)];
}

function judgeShape(shape: ShapeResult): readonly Target[] {
  const { calls, expected, received, cpu, eventsPerSecondWithLatency: speed, ofLibraryFloor: most } = shape;
  const ratio = cpu.handler / cpu.libraryFloor;
  const speedup = speed.handler / speed.naive;
  const peakMb = shape.peakBytes / MEGABYTE;
  const mostPutEvents = MOST_OF_FEWEST * expected.putEvents;
  const targets: readonly Target[] = [
    ...(most === null ? [] : [judgeRatio(ratio, most)]),
    measured(
      `≥ ${LEAST_SPEEDUP} × the naive consumer's events a second`,
      `${speedup.toFixed(0)} ×`,
      speedup >= LEAST_SPEEDUP,
    ),
    measured(`peak of a 6 MB batch < ${MOST_PEAK_MB} MB`, `${peakMb.toFixed(0)} MB`, peakMb < MOST_PEAK_MB),
    counted('a line for each event', `${received.lines} of ${shape.events}`, received.lines === shape.events),
    counted(
      'an entry for each event to publish',
      `${received.entries} of ${expected.entries}`,
      received.entries === expected.entries,
    ),
    counted('KMS calls = data keys', `${calls.kms} of ${expected.kms}`, calls.kms === expected.kms),
    counted('objects ≤ classes × hours a chunk', `${calls.s3} of ${expected.s3}`, calls.s3 === expected.s3),
    counted(
      'PutEvents within 5 % of ⌈entries / 10⌉',
      `${calls.putEvents} of ${expected.putEvents}`,
      calls.putEvents >= expected.putEvents && calls.putEvents <= mostPutEvents,
    ),
  ];
  return targets.map((target) => ({ ...target, name: `${nameOf(shape)}: ${target.name}` }));
}

function judgeRatio(ratio: number, most: number): Target {
  const found = `${ratio.toFixed(2)} ×`;
  return most === 1
    ? measured('processor time below the library floor', found, ratio < 1)
    : measured(`processor time ≤ ${most} × the library floor`, found, ratio <= most);
}

function judgeGrowth(points: readonly GrowthPoint[]): readonly Target[] {
  // In a plot of logarithms a power is a line, and its slope the exponent.
  const { slope } = fitLine(points.map(({ records, cpuMs }) => [Math.log(records), Math.log(cpuMs)]));
  const isAsExpected = ({ calls, expected }: GrowthPoint) =>
    calls.kms === expected.kms &&
    calls.s3 === expected.s3 &&
    calls.putEvents >= expected.putEvents &&
    calls.putEvents <= Math.ceil(MOST_OF_FEWEST * expected.putEvents);
  const asExpected = points.filter(isAsExpected).length;
  return [
    measured(
      'processor time grows with the records',
      `to the power of ${slope.toFixed(2)}`,
      Math.abs(slope - 1) <= MOST_OFF_LINEAR,
    ),
    counted('calls grow with chunks and entries', `${asExpected} of ${points.length}`, asExpected === points.length),
  ];
}

function measured(name: string, found: string, holds: boolean): Target {
  return { name, found, holds, exact: false };
}

function counted(name: string, found: string, holds: boolean): Target {
  return { name, found, holds, exact: true };
}
