import Table from 'cli-table3';
import { fitLine } from './fit.ts';
import type { Results } from './results.ts';
import { LATENCY } from './services.ts';
import { nameOf, TYPICAL } from './shapes.ts';
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
    `Events a second; with latency KMS answers after ${LATENCY.kms} ms, S3 after ${LATENCY.s3} and EventBridge after ${LATENCY.eventBridge}:`,
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
      shapes.map(({ events, calls, expected, naiveCalls, ...shape }) => [
        nameOf(shape),
        ...[calls.kms / events, naiveCalls.kms, calls.s3 / events, naiveCalls.s3].map(ofMillion),
        ...[calls.putEvents / events, expected.entries / events].map(ofMillion),
      ]),
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
    `From few records to many, ${nameOf(growth.shape)}: ${cpu.slope.toFixed(3)} ms a record and ${cpu.intercept.toFixed(0)} ms beside, r² ${cpu.r2.toFixed(4)}; the calls of a fresh handler:`,
    table(
      ['records', 'processor ms', 'a record', 'on the line', 'KMS', 'S3', 'expected', 'PutEvents', 'expected'],
      growth.points.map(({ records, cpuMs, calls, expected }) => [
        ...[records, cpuMs].map(whole),
        (cpuMs / records).toFixed(3),
        ...[cpu.intercept + cpu.slope * records, calls.kms, calls.s3, expected.s3].map(whole),
        ...[calls.putEvents, expected.putEvents].map(whole),
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

/** The figures that README names. */
export function headline({ shapes, lag }: Results) {
  const shape = shapes.find((each) => nameOf(each) === nameOf(TYPICAL));
  if (shape === undefined) throw new Error(`The results lack ${nameOf(TYPICAL)}`);
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

function ofMillion(value: number): string {
  return whole(value * 1_000_000);
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
