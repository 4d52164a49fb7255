import type { DividedMetric, PlainMetric } from '../../src/metrics.ts';
import { Failure } from '../failure.ts';

const QUARANTINED: DividedMetric = 'RecordsQuarantined';
/** Among the metrics that the function writes last, whatever became of its records. */
const RECEIVED: PlainMetric = 'RecordsReceived';

/** What Lambda shows of a log: where it is that long, its first line may be half a line. */
const TAIL_BYTES = 4096;

/**
 * Whether the function quarantined its record, told by the metrics in its log: its answer is the same as for one that it
 * archived. Throws a `Failure` where the log does not tell.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function wasQuarantinedAgain(logTail: Uint8Array): boolean {
  const lines = Buffer.from(logTail).toString().split('\n');
  const whole = logTail.length < TAIL_BYTES ? lines : lines.slice(1);
  const metrics = whole.map(readMetrics).filter((names) => names.length > 0);
  if (metrics.some((names) => names.includes(QUARANTINED))) return true;
  const last = metrics.findIndex((names) => names.includes(RECEIVED));
  // With nothing whole before it, what is cut off may be the line in question.
  if (last === -1 || (logTail.length >= TAIL_BYTES && last === 0)) throw new Failure('LOG_UNREADABLE');
  return false;
}

function readMetrics(line: string): readonly string[] {
  try {
    const { CloudWatchMetrics: groups } = JSON.parse(line)._aws as EmbeddedMetrics;
    return groups.flatMap(({ Metrics: metrics }) => metrics.map(({ Name: name }) => name));
  } catch {
    return [];
  }
}

interface EmbeddedMetrics {
  readonly CloudWatchMetrics: readonly { readonly Metrics: readonly { readonly Name: string }[] }[];
}
