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

/** One who works records off, in a process of its own. */
export interface Contender {
  readonly run: (batch: Batch) => ReturnType<MeasuredFunction['run']>;
  readonly stop: () => void;
}

export interface Surroundings {
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

const NAMES = ['handler', 'libraryFloor', 'nativeFloor', 'naive'] as const;

export type ContenderName = (typeof NAMES)[number];

const FILES: Readonly<Record<Exclude<ContenderName, 'handler'>, string>> = {
  libraryFloor: 'library-floor.ts',
  nativeFloor: 'native-floor.ts',
  naive: 'naive.ts',
};

/** Starts one; the handler is the built bundle. Floors get messages, the others what Lambda delivers. */
export function startContender(name: ContenderName, { memoryMb, timeoutMs, environment }: Surroundings): Contender {
  const options = name === 'handler' ? {} : { file: join(import.meta.dirname, FILES[name]) };
  const measured = startMeasuredFunction(memoryMb, environment, options);
  const toEvent = name === 'handler' || name === 'naive' ? toDelivery : toOpenBatch;
  return { run: (batch) => measured.run(toEvent(batch), timeoutMs), stop: measured.stop };
}

function toDelivery({ records, from }: Batch) {
  return createBatch(
    CLUSTER,
    records.map(({ data }) => data),
    from,
  );
}

function toOpenBatch({ records }: Batch): OpenBatch {
  return records.map(({ message, dataKey, classes }) => ({ message, dataKey: dataKey.plaintext, classes }));
}
