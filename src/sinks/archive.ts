import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ActivityEvent } from '../activity.ts';
import type { Config } from '../config.ts';
import { toStageError } from '../errors.ts';
import type { Telemetry } from '../telemetry.ts';
import { type ArchivedUnit, type ArchiveGroup, keyOfConflict, layOut } from './archive-layout.ts';
import { createCreateObject, type NewObject } from './create-object.ts';
import { eachInParallel } from './each-in-parallel.ts';

/** Archives a chunk's events; answers the key that holds each. Throws a retryable `StageError`. */
export type Archive = (
  events: readonly ActivityEvent[],
  unit: ArchivedUnit,
  signal: AbortSignal,
) => Promise<ReadonlyMap<ActivityEvent, string>>;

export function createArchive(s3: S3Client, config: Config, telemetry: Telemetry): Archive {
  const createObject = createCreateObject(s3, config.archiveBucket);

  async function write({ key, content }: ArchiveGroup, heartbeats: string, signal: AbortSignal): Promise<string> {
    const object: NewObject = {
      key,
      body: gzipSync(content),
      contentType: 'application/x-ndjson',
      contentEncoding: 'gzip',
      // The archive holds no heartbeats: this is what shows later that an instance was heard.
      metadata: heartbeats === '' ? {} : { heartbeats },
    };
    if (await createOrFind(object, content, signal)) return key;
    const beside = keyOfConflict(key, createHash('sha256').update(content).digest('hex'));
    telemetry.archiveConflict(beside);
    if (await createOrFind({ ...object, key: beside }, content, signal)) return beside;
    throw new Error('Two contents with the same beginning of their SHA-256');
  }

  // Whether the key holds the content now: written here, or at an earlier delivery.
  async function createOrFind(object: NewObject, content: Uint8Array, signal: AbortSignal): Promise<boolean> {
    if (await createObject(object, signal)) {
      telemetry.archiveObjectWritten();
      return true;
    }
    return holds(object.key, content, signal);
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

  return async (events, unit, signal) => {
    const keys = new Map<ActivityEvent, string>();
    try {
      await eachInParallel(layOut(events, unit.first, unit.last, config.archivePrefix), async (group) => {
        const key = await write(group, unit.heartbeats, signal);
        for (const event of group.events) keys.set(event, key);
      });
    } catch (cause) {
      throw toStageError('archive', cause);
    }
    return keys;
  };
}
