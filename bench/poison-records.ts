// What each poison record costs: processor time of an invocation that holds it alone, and how far it raises the memory.
import { availableParallelism } from 'node:os';
import Table from 'cli-table3';
import pMap from 'p-map';
import { clientEnvironment } from '../local/aws/index.ts';
import { innerRecord, sealRecord } from '../local/database-activity.ts';
import { createBatch } from '../test/support/batch.ts';
import { startMeasuredFunction } from '../test/support/measured-function.ts';
import { type Materials, POISON_RECORDS, type Poison } from '../test/support/poison-records.ts';
import { BUCKET, BUS, startWire } from '../test/support/wire.ts';

const ROUNDS = 7;
const WARM_ROUNDS = 10;
const MOST_CPU_MS = 200;
const MAX_RECORD_BYTES = 33_554_432;
/**
 * Six times a record's content while it is opened: as it is decompressed, as one piece, and its text and what is parsed
 * of that in two bytes a character. As much again is left of the record before, until it is collected.
 */
const MOST_GROWTH_MB = (12 * MAX_RECORD_BYTES) / 1024 / 1024;
const MEMORY_MB = 512;
const TIMEOUT_MS = 60_000;
const CLUSTER = 'cluster-POISON';

interface Cost {
  readonly name: string;
  /** The median of the rounds; a healthy record's part of it is not taken off. */
  readonly cpuMs: number;
  /** Of the process' peak, above what healthy records had raised it to. */
  readonly growthMb: number;
}

const wire = await startWire();

async function measure(name: string, poison: Poison, materials: Materials, healthy: Uint8Array): Promise<Cost> {
  // A process for each: a peak never sinks, so the next record would hide behind it.
  const lambda = startMeasuredFunction(MEMORY_MB, {
    ...clientEnvironment(wire.endpointUrl, 'function'),
    ARCHIVE_BUCKET: BUCKET,
    EVENT_BUS_NAME: BUS,
  });
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
    return { name, cpuMs: median(cpuMs), growthMb: (after - before) / 1024 / 1024 };
  } finally {
    lambda.stop();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

try {
  const [dataKey, otherKey, foreignKey] = await Promise.all([
    wire.generateDataKey(CLUSTER),
    wire.generateDataKey(CLUSTER),
    wire.generateDataKey('cluster-OTHER'),
  ]);
  const materials = { cluster: CLUSTER, dataKey, otherKey, foreignKey };
  const select = { type: 'record', serverType: 'PostgreSQL', command: 'SELECT', commandText: 'SELECT 1' };
  const healthy = await sealRecord(innerRecord(CLUSTER, 'db-TEST', [select]), 'aurora-postgresql', dataKey);
  const kinds: readonly (readonly [string, Poison])[] = [
    ['(a healthy record)', () => healthy],
    ...POISON_RECORDS.map(([name, , , poison]) => [name, poison] as const),
  ];

  const costs = await pMap(kinds, ([name, poison]) => measure(name, poison, materials, healthy), {
    concurrency: Math.max(1, Math.floor(availableParallelism() / 2)),
  });

  const table = new Table({ head: ['poison record', 'CPU ms', 'growth MB'], style: { head: [], border: [] } });
  table.push(...costs.map(({ name, cpuMs, growthMb }) => [name, cpuMs.toFixed(1), growthMb.toFixed(0)]));
  process.stdout.write(`${table}\nProcessor time is the median of ${ROUNDS} rounds.\n`);
  const bad = costs.filter(({ cpuMs, growthMb }) => cpuMs > MOST_CPU_MS || growthMb > MOST_GROWTH_MB);
  const names = bad.map(({ name }) => name).join(', ');
  if (bad.length > 0) process.stdout.write(`Above ${MOST_CPU_MS} ms or ${MOST_GROWTH_MB} MB: ${names}\n`);
  process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
  await wire.close();
}
