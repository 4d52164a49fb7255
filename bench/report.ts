import Table from 'cli-table3';
import { fitLine } from './fit.ts';
import { LATENCY, nameOf, type Results } from './results.ts';
import { judge } from './targets.ts';

/** The tables, as text. */
export function renderTables(results: Results): string {
  const { shapes, growth, lag, bundleBytes, coldImportMs } = results;
  const cpu = fitLine(growth.points.map(({ records, cpuMs }) => [records, cpuMs]));
  return [
    `${results.day}, Node ${results.node}, ${results.processor}; ${whole(results.records)} records of each kind, median of ${results.rounds} rounds.`,
    'Processor time, microseconds an event, and what the handler takes of each floor:',
    table(
      ['', 'handler', 'library floor', 'native floor', 'naive', 'of library', 'of native'],
      shapes.map((shape) => [
        nameOf(shape),
        ...[shape.cpu.handler, shape.cpu.libraryFloor, shape.cpu.nativeFloor, shape.cpu.naive].map((time) =>
          time.toFixed(1),
        ),
        `${(shape.cpu.handler / shape.cpu.libraryFloor).toFixed(2)} ×`,
        `${(shape.cpu.handler / shape.cpu.nativeFloor).toFixed(2)} ×`,
      ]),
    ),
    `Events a second; with latency KMS answers after ${LATENCY.kms} ms, S3 after ${LATENCY.s3} and EventBridge after ${LATENCY.events}:`,
    table(
      ['', 'a vCPU', 'no latency', 'naive', 'with latency', 'naive', 'times'],
      shapes.map((shape) => {
        const { eventsPerSecond: fast, eventsPerSecondWithLatency: late } = shape;
        return [
          nameOf(shape),
          ...[1e6 / shape.cpu.handler, fast.handler, fast.naive, late.handler, late.naive].map(whole),
          `${whole(late.handler / late.naive)} ×`,
        ];
      }),
    ),
    'Calls a million events:',
    table(
      ['', 'KMS', 'naive', 'S3 PUT', 'naive', 'PutEvents', 'events published'],
      shapes.map(({ events, calls, naiveCalls, ...shape }) => {
        const naiveEvents = naiveCalls.s3;
        return [
          nameOf(shape),
          ...[(calls.kms * 1e6) / events, (naiveCalls.kms * 1e6) / naiveEvents].map(whole),
          ...[(calls.s3 * 1e6) / events, (naiveCalls.s3 * 1e6) / naiveEvents].map(whole),
          ...[(calls.events * 1e6) / events, (calls.entries * 1e6) / events].map(whole),
        ];
      }),
    ),
    'USD a million events:',
    table(
      ['', 'KMS', 'S3', 'Lambda', 'EventBridge', 'together', 'naive', 'naive, of that Lambda'],
      shapes.map(({ dollars: { handler, naive }, ...shape }) => [
        nameOf(shape),
        ...[handler.kms, handler.s3, handler.lambda, handler.eventBridge, handler.total, naive.total, naive.lambda].map(
          usd,
        ),
      ]),
    ),
    'Memory, size and start:',
    table(
      ['', ''],
      [
        ...shapes.map((shape) => [`peak of a 6 MB batch, ${nameOf(shape)}`, `${megabytes(shape.peakBytes)} MB`]),
        ['bundle', `${whole(bundleBytes / 1024)} KiB`],
        ['cold import', `${whole(coldImportMs)} ms`],
        [
          `lag from put to durable, ${lag.recordsPerSecond} records a second, window of ${lag.windowSeconds} s`,
          `median ${seconds(lag.medianMs)} s, 99th percentile ${seconds(lag.p99Ms)} s`,
        ],
      ],
    ),
    `From few records to many, ${nameOf(growth.shape)}: ${cpu.slope.toFixed(3)} ms a record and ${cpu.intercept.toFixed(0)} ms beside, r² ${cpu.r2.toFixed(4)}:`,
    table(
      ['records', 'processor ms', 'on the line', 'KMS', 'S3', 'EventBridge'],
      growth.points.map(({ records, cpuMs, kms, s3, events }) => [
        ...[records, cpuMs, cpu.intercept + cpu.slope * records, kms, s3, events].map(whole),
      ]),
    ),
    'Targets:',
    table(
      ['target', 'found', ''],
      judge(results).map(({ name, found, holds }) => [name, found, holds ? 'holds' : 'DOES NOT HOLD']),
    ),
  ].join('\n');
}

const TABLES = /(?<=^<!-- npm run bench writes what follows -->\n\n```text\n).*?(?=\n```$)/ms;

/** A document with other tables in the place of its own. */
export function replaceTables(document: string, tables: string): string {
  if (!TABLES.test(document)) throw new Error('The document has no place for the tables');
  return document.replace(TABLES, () => tables);
}

/** The figures that README names: of Aurora PostgreSQL with ten events a record. */
export function headline({ shapes, lag }: Results) {
  const shape = shapes.find(({ engine, eventsPerRecord }) => engine === 'aurora-postgresql' && eventsPerRecord === 10);
  if (shape === undefined) throw new Error('The results lack Aurora PostgreSQL with ten events a record');
  const { handler, naive } = shape.dollars;
  return {
    dollars: handler.total.toFixed(2),
    dollarsOfBus: handler.eventBridge.toFixed(2),
    naiveDollars: naive.total.toFixed(2),
    eventsPerSecond: whole(1e6 / shape.cpu.handler),
    lagMedian: seconds(lag.medianMs),
    lagP99: seconds(lag.p99Ms),
  };
}

function table(head: string[], rows: readonly string[][]): string {
  const result = new Table({
    head,
    style: { head: [], border: [] },
    colAligns: ['left', ...head.slice(1).map(() => 'right' as const)],
  });
  result.push(...rows);
  return String(result);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function usd(value: number): string {
  return value.toFixed(4);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
