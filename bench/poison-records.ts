// What each poison record costs: processor time of an invocation that holds it alone, and how far it raises the memory;
// and whether a function with as little memory as `memorySize` may say holds ten of the largest records.
import { availableParallelism } from 'node:os';
import Table from 'cli-table3';
import pMap from 'p-map';
import { clientEnvironment } from '../local/aws/index.ts';
import { type DataKey, innerRecord, sealRecord } from '../local/database-activity.ts';
import { createBatch } from '../test/support/batch.ts';
import { type MeasuredFunction, startMeasuredFunction } from '../test/support/measured-function.ts';
import { type Materials, POISON_RECORDS, type Poison } from '../test/support/poison-records.ts';
import { BUCKET, BUS, startWire } from '../test/support/wire.ts';
import { median } from './fit.ts';

const ROUNDS = 7;
const WARM_ROUNDS = 10;
/** Machines differ by half: the dearest took 170 to 275 on one and the same. */
const MOST_CPU_MS = 400;
const MIB = 1024 * 1024;
const MAX_RECORD_BYTES = 32 * MIB;
/**
 * Six times a record's content while it is opened: as it is decompressed, as one piece, and its text and what is parsed
 * of that in two bytes a character. As much again is left of the record before, until it is collected.
 */
const MOST_GROWTH_MB = (12 * MAX_RECORD_BYTES) / MIB;
/** The least that `memorySize` may say, and the largest record that it then takes. */
const LEAST_MEMORY_MB = 512;
const LEAST_RECORD_BYTES = 10 * MIB;
const LARGEST_AT_ONCE = 10;
const TIMEOUT_MS = 60_000;
const CLUSTER = 'cluster-POISON';
const SELECT = { type: 'record', serverType: 'PostgreSQL', class: 'READ', command: 'SELECT', commandText: 'SELECT 1' };

/** Records that are as large as they may be, and no poison. */
const LARGEST: Readonly<Record<string, readonly string[]>> = {
  'one statement': [`SELECT '${'a'.repeat(10_000_000)}'`],
  'one statement beyond Latin-1': [`SELECT '${'a'.repeat(10_000_000)}\u{1f4a3}'`],
  'many statements beyond Latin-1': Array(320).fill(`SELECT '${'a'.repeat(32_000)}\u{1f4a3}'`),
  'as many statements as there may be': Array(10_000).fill(`SELECT '${'a'.repeat(900)}'`),
};

interface Cost {
  readonly name: string;
  /** The median of the rounds; a healthy record's part of it is not taken off. */
  readonly cpuMs: number;
  /** Of the process' peak, above what healthy records had raised it to. */
  readonly growthMb: number;
}

const wire = await startWire();
try {
  const [dataKey, otherKey, foreignKey] = await Promise.all([
    wire.generateDataKey(CLUSTER),
    wire.generateDataKey(CLUSTER),
    wire.generateDataKey('cluster-OTHER'),
  ]);
  const problems = [
    ...(await benchPoison({ cluster: CLUSTER, dataKey, otherKey, foreignKey })),
    ...(await benchLargest(dataKey)),
  ];
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await wire.close();
}

async function benchPoison(materials: Materials): Promise<readonly string[]> {
  const healthy = await seal([SELECT], materials.dataKey);
  const kinds: readonly (readonly [string, Poison])[] = [
    ['(a healthy record)', () => healthy],
    ...POISON_RECORDS.map(([name, , , poison]) => [name, poison] as const),
  ];
  const costs = await pMap(kinds, ([name, poison]) => measure(name, poison, materials, healthy), {
    concurrency: availableParallelism(),
  });
  print(
    ['poison record', 'CPU ms', 'growth MB'],
    costs.map(({ name, cpuMs, growthMb }) => [name, cpuMs.toFixed(1), growthMb.toFixed(0)]),
  );
  process.stdout.write(`Processor time is the median of ${ROUNDS} rounds.\n`);
  return costs
    .filter(({ cpuMs, growthMb }) => cpuMs > MOST_CPU_MS || growthMb > MOST_GROWTH_MB)
    .map(({ name }) => `${name}: above ${MOST_CPU_MS} ms or ${MOST_GROWTH_MB} MB`);
}

/** In a process for each: a peak never sinks, so the next record would hide behind it. */
async function measure(name: string, poison: Poison, materials: Materials, healthy: Uint8Array): Promise<Cost> {
  const lambda = startFunction(LEAST_MEMORY_MB, MAX_RECORD_BYTES);
  try {
    const data = await poison(materials);
    const run = (bytes: Uint8Array, position: number) =>
      lambda.run(createBatch(CLUSTER, [bytes], position), TIMEOUT_MS);
    let before = 0;
    for (let round = 0; round < WARM_ROUNDS; round++) before = (await run(healthy, round)).peakBytes;
    const cpuMs: number[] = [];
    let after = before;
    for (let round = 0; round < ROUNDS; round++) {
      const measured = await run(data, WARM_ROUNDS + round);
      cpuMs.push(measured.cpuMs);
      after = measured.peakBytes;
    }
    return { name, cpuMs: median(cpuMs), growthMb: (after - before) / MIB };
  } finally {
    lambda.stop();
  }
}

async function benchLargest(dataKey: DataKey): Promise<readonly string[]> {
  const rows: [string, string][] = [];
  const problems: string[] = [];
  // Behind those of the poison.
  let position = 1_000;
  for (const [name, statements] of Object.entries(LARGEST)) {
    const data = await seal(
      statements.map((commandText) => ({ ...SELECT, commandText })),
      dataKey,
    );
    const lambda = startFunction(LEAST_MEMORY_MB, LEAST_RECORD_BYTES);
    const batch = createBatch(CLUSTER, Array(LARGEST_AT_ONCE).fill(data), position);
    position += LARGEST_AT_ONCE;
    const before = (await wire.listKeys('activity/')).length;
    const measured = await lambda.run(batch, TIMEOUT_MS).catch((cause: unknown) => String(cause));
    lambda.stop();
    const written = (await wire.listKeys('activity/')).length - before;
    if (typeof measured === 'string') {
      problems.push(`${name}: ${measured}`);
      continue;
    }
    const { response, peakBytes } = measured;
    if (peakBytes > LEAST_MEMORY_MB * MIB) problems.push(`${name}: above ${LEAST_MEMORY_MB} MB`);
    if (JSON.stringify(response) !== '{"batchItemFailures":[]}' || written === 0)
      problems.push(`${name}: not archived`);
    rows.push([name, String(Math.round(peakBytes / MIB))]);
  }
  print([`${LARGEST_AT_ONCE} of the largest records, each`, `peak of ${LEAST_MEMORY_MB} MB`], rows);
  return problems;
}

function startFunction(memoryMb: number, maxRecordBytes: number): MeasuredFunction {
  return startMeasuredFunction(memoryMb, {
    ...clientEnvironment(wire.endpointUrl, 'function'),
    ARCHIVE_BUCKET: BUCKET,
    EVENT_BUS_NAME: BUS,
    MAX_RECORD_BYTES: String(maxRecordBytes),
  });
}

function seal(events: readonly object[], dataKey: DataKey): Promise<Uint8Array> {
  return sealRecord(innerRecord(CLUSTER, 'db-TEST', events), 'aurora-postgresql', dataKey);
}

function print(head: string[], rows: readonly string[][]): void {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  process.stdout.write(`${table}\n`);
}
