// What each poison record costs: processor time of an invocation that holds it alone, and memory.
import Table from 'cli-table3';
import { clientEnvironment } from '../local/aws/index.ts';
import { createBatch } from '../test/support/batch.ts';
import { type Measured, startMeasuredFunction } from '../test/support/measured-function.ts';
import { POISON_RECORDS } from '../test/support/poison-records.ts';
import { BUCKET, BUS, startWire } from '../test/support/wire.ts';

const ROUNDS = 7;
const MOST_CPU_MS = 200;
const MEMORY_MB = 512;
const TIMEOUT_MS = 60_000;
const CLUSTER = 'cluster-POISON';

const wire = await startWire();
const lambda = startMeasuredFunction(MEMORY_MB, {
  ...clientEnvironment(wire.endpointUrl, 'function'),
  ARCHIVE_BUCKET: BUCKET,
  EVENT_BUS_NAME: BUS,
});

try {
  const [dataKey, otherKey, foreignKey] = await Promise.all([
    wire.generateDataKey(CLUSTER),
    wire.generateDataKey(CLUSTER),
    wire.generateDataKey('cluster-OTHER'),
  ]);
  const table = new Table({ head: ['poison record', 'CPU ms', 'peak MB'], style: { head: [], border: [] } });
  const bad: string[] = [];
  let position = 0;
  for (const [name, , , poison] of POISON_RECORDS) {
    const data = await poison({ cluster: CLUSTER, dataKey, otherKey, foreignKey });
    const rounds: Measured[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push(await lambda.run(createBatch(CLUSTER, [data], position++), TIMEOUT_MS));
    const cpuMs = rounds.map((round) => round.cpuMs).sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
    const peakMb = Math.max(...rounds.map(({ peakBytes }) => peakBytes)) / 1024 / 1024;
    table.push([name, cpuMs.toFixed(1), Math.round(peakMb)]);
    if (cpuMs > MOST_CPU_MS || peakMb > MEMORY_MB) bad.push(name);
  }
  process.stdout.write(`${table}\nThe median of ${ROUNDS} rounds; the peak is the process' own, so far.\n`);
  if (bad.length > 0) process.stdout.write(`Above ${MOST_CPU_MS} ms or ${MEMORY_MB} MB: ${bad.join(', ')}\n`);
  process.exitCode = bad.length === 0 ? 0 : 1;
} finally {
  lambda.stop();
  await wire.close();
}
