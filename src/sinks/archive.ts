import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ActivityEvent, Origin } from '../activity.ts';
import type { Config } from '../config.ts';
import { toStageError } from '../errors.ts';
import type { Telemetry } from '../telemetry.ts';
import { type ArchiveGroup, keyOfConflict, layOut } from './archive-layout.ts';
import { createCreateObject } from './create-object.ts';
import { eachInParallel } from './each-in-parallel.ts';

/** Archives a chunk's events; answers the key that holds each. Throws a retryable `StageError`. */
export type Archive = (
  events: readonly ActivityEvent[],
  first: Origin,
  last: Origin,
  signal: AbortSignal,
) => Promise<ReadonlyMap<ActivityEvent, string>>;

export function createArchive(s3: S3Client, config: Config, telemetry: Telemetry): Archive {
  const createObject = createCreateObject(s3, config.archiveBucket);

  async function write(group: ArchiveGroup, signal: AbortSignal): Promise<string> {
    const body = gzipSync(group.content);
    if (await createOrFind(group.key, group.content, body, signal)) return group.key;
    const key = keyOfConflict(group.key, createHash('sha256').update(group.content).digest('hex'));
    telemetry.archiveConflict(key);
    if (await createOrFind(key, group.content, body, signal)) return key;
    throw new Error('Two contents with the same beginning of their SHA-256');
  }

  // Whether the key holds the content now: written here, or at an earlier delivery.
  async function createOrFind(key: string, content: string, body: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const object = { key, body, contentType: 'application/x-ndjson', contentEncoding: 'gzip' };
    if (await createObject(object, signal)) {
      telemetry.archiveObjectWritten();
      return true;
    }
    return holds(key, Buffer.from(content), signal);
  }

  async function holds(key: string, content: Buffer, signal: AbortSignal): Promise<boolean> {
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

  return async (events, first, last, signal) => {
    const keys = new Map<ActivityEvent, string>();
    try {
      await eachInParallel(layOut(events, first, last, config.archivePrefix), async (group) => {
        const key = await write(group, signal);
        for (const event of group.events) keys.set(event, key);
      });
    } catch (cause) {
      throw toStageError('archive', cause);
    }
    return keys;
  };
}
