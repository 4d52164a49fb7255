import { join } from 'node:path';
import { createBatch } from '../../test/support/batch.ts';
import { type MeasuredFunction, startMeasuredFunction } from '../../test/support/measured-function.ts';
import { type BenchRecord, CLUSTER } from '../records.ts';
import type { OpenBatch } from './floor.ts';

/** Records of one invocation, and the position of the first of them in the stream. */
export interface Batch {
  readonly records: readonly BenchRecord[];
  readonly from: number;
}

/** Who works records off: its module, or the built bundle, and what it gets. To add one, add it here and to the report. */
const CONTENDERS = {
  handler: { file: null, toEvent: toDelivery },
  libraryFloor: { file: 'library-floor.ts', toEvent: toOpenBatch },
  nativeFloor: { file: 'native-floor.ts', toEvent: toOpenBatch },
  naive: { file: 'naive.ts', toEvent: toDelivery },
} as const;

export type ContenderName = keyof typeof CONTENDERS;

export const CONTENDER_NAMES = Object.keys(CONTENDERS) as ContenderName[];

/** In a process of its own. */
export interface Contender {
  readonly run: (batch: Batch) => ReturnType<MeasuredFunction['run']>;
  readonly startProfile: MeasuredFunction['startProfile'];
  readonly stopProfile: MeasuredFunction['stopProfile'];
  readonly stop: () => void;
}

export interface Surroundings {
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
  /** In the place of the built one. */
  readonly bundle?: string;
}

export function startContender(
  name: ContenderName,
  { memoryMb, timeoutMs, environment, bundle }: Surroundings,
): Contender {
  const { file, toEvent } = CONTENDERS[name];
  const module = file === null ? bundle : join(import.meta.dirname, file);
  const measured = startMeasuredFunction(memoryMb, environment, module === undefined ? {} : { file: module });
  return { ...measured, run: (batch) => measured.run(toEvent(batch), timeoutMs) };
}

function toDelivery({ records, from }: Batch) {
  return createBatch(
    CLUSTER,
    records.map(({ data }) => data),
    from,
  );
}

function toOpenBatch({ records }: Batch): OpenBatch {
  return records.map(({ message, dataKey, fates }) => ({
    message,
    dataKey: dataKey.plaintext,
    classes: fates.map((fate) => fate.class),
  }));
}
