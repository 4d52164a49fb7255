import { gunzipSync } from 'node:zlib';
import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';
import { streamArn } from '../../local/deployment.ts';
import { toEventRecord } from '../../local/mapping/event-records.ts';
import type { ArchivedLine, QuarantinedRecord } from '../../local/outcome.ts';
import type { Wire } from './wire.ts';

export const SHARD = 'shardId-000000000003';
/** 2026-03-01T12:59:59.5Z: half a second before the hour ends. */
export const ARRIVAL_MS = Date.UTC(2026, 2, 1, 12, 59, 59, 500);

const FIRST_SEQUENCE_NUMBER = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

export function sequenceNumber(position: number): string {
  return String(FIRST_SEQUENCE_NUMBER + BigInt(position));
}

/** The response where everything is durable. */
export const DURABLE = { batchItemFailures: [] };

/** The response where the records from this position on are to be delivered again. */
export function failedFrom(position: number) {
  return { batchItemFailures: [{ itemIdentifier: sequenceNumber(position) }] };
}

/** A Lambda event with these records of one shard; `from` is the position of the first one. */
export function createBatch(resourceId: string, data: readonly Uint8Array[], from = 0) {
  const records: readonly KinesisRecord[] = data.map((bytes, index) => ({
    Data: bytes,
    PartitionKey: 'partition',
    SequenceNumber: sequenceNumber(from + index),
    ApproximateArrivalTimestamp: new Date(ARRIVAL_MS + from + index),
  }));
  const source = { streamArn: streamArn(resourceId), shardId: SHARD };
  return { Records: records.map((record) => toEventRecord(record, source)) };
}

/** Every line of the archive, or of one source of it, with the key of its object. */
export async function readArchive(wire: Wire, source = ''): Promise<readonly ArchivedLine[]> {
  const objects = await readObjects(wire, 'activity/', source);
  return objects.flatMap(({ key, body }) =>
    String(gunzipSync(body))
      .trimEnd()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), key })),
  );
}

/** Every quarantined record, or of one source, with the key of its object. */
export async function readQuarantine(wire: Wire, source = ''): Promise<readonly QuarantinedRecord[]> {
  const objects = await readObjects(wire, 'quarantine/', source);
  return objects.map(({ key, body }) => ({ key, ...JSON.parse(String(body)) }));
}

/** The sequence number in the key of a quarantined record. */
export function quarantinedNumber(key: string): string {
  return /-(\d+)\.json$/.exec(key)?.[1] ?? key;
}

async function readObjects(wire: Wire, prefix: string, source: string) {
  const keys = (await wire.listKeys(prefix)).filter((key) => key.includes(`/source=${source}`));
  return Promise.all(keys.map(async (key) => ({ key, body: await wire.readObject(key) })));
}
