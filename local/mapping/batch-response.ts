/**
 * How many records, from the first on, a response acknowledges: Lambda's contract for `ReportBatchItemFailures`.
 *
 * Nothing reported is success; an unknown, empty or missing identifier fails the whole batch; of several the first record
 * is the checkpoint. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function countAcknowledged(response: unknown, sequenceNumbers: readonly string[]): number {
  const { batchItemFailures: failures } = (response ?? {}) as { batchItemFailures?: unknown };
  if (failures === undefined || failures === null) return sequenceNumbers.length;
  if (!Array.isArray(failures)) return 0;
  const positions = failures.map((failure: unknown) =>
    sequenceNumbers.indexOf((failure as { itemIdentifier?: string } | null)?.itemIdentifier ?? ''),
  );
  if (positions.includes(-1)) return 0;
  return Math.min(sequenceNumbers.length, ...positions);
}
