import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { ArchiveLine } from '../src/events.ts';

/** An object, as a listing names it. */
export interface ListedObject {
  readonly key: string;
  /** When it was written, milliseconds since 1970. */
  readonly written: number;
}

/** The objects under a prefix, in the order of their keys. */
export async function listObjects(s3: S3Client, bucket: string, prefix: string): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = [];
  for await (const { Contents: page = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
    objects.push(...page.map(({ Key: key = '', LastModified: written }) => ({ key, written: Number(written ?? 0) })));
  return objects;
}

/** The lines of an object of the archive. */
export async function readArchiveLines(s3: S3Client, bucket: string, key: string): Promise<readonly ArchiveLine[]> {
  const lines = gunzipSync(await readObject(s3, bucket, key))
    .toString()
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

export async function readObject(s3: S3Client, bucket: string, key: string): Promise<Uint8Array> {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await body?.transformToByteArray()) ?? new Uint8Array();
}
