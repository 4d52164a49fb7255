import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../config.ts';
import { toStageError } from '../errors.ts';
import type { Telemetry } from '../telemetry.ts';
import { type ArchivedRecord, type ArchivedUnit, type ArchiveGroup, keyOfConflict, layOut } from './archive-layout.ts';
import { createCreateObject, type NewObject } from './create-object.ts';
import { eachInParallel } from './each-in-parallel.ts';

/** Archives what of a chunk is archived; answers the key of the object for each group. Throws a retryable `StageError`. */
export type Archive = (
  records: readonly ArchivedRecord[],
  unit: ArchivedUnit,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, string>>;

export function createArchive(s3: S3Client, config: Config, telemetry: Telemetry): Archive {
  const createObject = createCreateObject(s3, config.archiveBucket);

  async function write({ key, lines }: ArchiveGroup, heartbeats: string, signal: AbortSignal): Promise<string> {
    const object: NewObject = {
      key,
      body: gzipSync(Buffer.concat(lines)),
      contentType: 'application/x-ndjson',
      contentEncoding: 'gzip',
      // The archive holds no heartbeats: this is what shows later that an instance was heard.
      metadata: heartbeats === '' ? {} : { heartbeats },
    };
    if (await createOrFind(object, lines, signal)) return key;
    const beside = keyOfConflict(key, createHash('sha256').update(Buffer.concat(lines)).digest('hex'));
    telemetry.archiveConflict(beside);
    if (await createOrFind({ ...object, key: beside }, lines, signal)) return beside;
    throw new Error('Two contents with the same beginning of their SHA-256');
  }

  // Whether the key holds the content now: written here, or at an earlier delivery.
  async function createOrFind(object: NewObject, lines: readonly Uint8Array[], signal: AbortSignal): Promise<boolean> {
    if (await createObject(object, signal)) {
      telemetry.archiveObjectWritten();
      return true;
    }
    return holds(object.key, Buffer.concat(lines), signal);
  }

  async function holds(key: string, content: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const request = new GetObjectCommand({ Bucket: config.archiveBucket, Key: key });
    const { Body: body } = await s3.send(request, { abortSignal: signal });
    const found = await body?.transformToByteArray();
    try {
      return found !== undefined && gunzipSync(found, { maxOutputLength: content.length + 1 }).equals(content);
    } catch {
      // Not gzip, or longer than the content.
      return false;
    }
  }

  return async (records, unit, signal) => {
    const keys = new Map<string, string>();
    try {
      await eachInParallel(layOut(records, unit.first, unit.last, config.archivePrefix), async (group) => {
        keys.set(group.name, await write(group, unit.heartbeats, signal));
      });
    } catch (cause) {
      throw toStageError('archive', cause);
    }
    return keys;
  };
}
