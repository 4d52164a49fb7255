import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';

interface Source {
  readonly streamArn: string;
  readonly shardId: string;
}

/** One record as Lambda delivers it. */
export type EventRecord = ReturnType<typeof toEventRecord>;

export function toEventRecord(record: KinesisRecord, { streamArn, shardId }: Source) {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: String(record.PartitionKey),
      sequenceNumber: String(record.SequenceNumber),
      data: Buffer.from(record.Data ?? []).toString('base64'),
      approximateArrivalTimestamp: Number(record.ApproximateArrivalTimestamp) / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${record.SequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/das-router',
    awsRegion: streamArn.split(':')[3],
    eventSourceARN: streamArn,
  };
}

/** Bytes that a record takes of an invocation's payload. */
export function payloadBytes(record: EventRecord): number {
  // Base64 and ASCII throughout, but for the partition key; then the comma.
  return (
    Buffer.byteLength(JSON.stringify({ ...record, kinesis: { ...record.kinesis, data: '' } })) +
    record.kinesis.data.length +
    1
  );
}

export function sequenceNumbersOf(records: readonly EventRecord[]): readonly string[] {
  return records.map(({ kinesis }) => kinesis.sequenceNumber);
}
