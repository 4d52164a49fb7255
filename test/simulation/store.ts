import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** A bucket, read as its users read it; objects never change, so each is read once. */
export interface Store {
  /** Reads what is new. */
  readonly refresh: () => Promise<void>;
  readonly keys: () => readonly string[];
  /** The lines of the archive, by the key of their object. */
  readonly archive: ReadonlyMap<string, readonly string[]>;
  /** Ids of archived events. */
  readonly archivedIds: ReadonlySet<string>;
  /** Text of quarantined objects, by their key. */
  readonly quarantine: ReadonlyMap<string, string>;
}

export function createStore(s3: S3Client, bucket: string): Store {
  const archive = new Map<string, readonly string[]>();
  const archivedIds = new Set<string>();
  const quarantine = new Map<string, string>();
  const known = new Set<string>();

  async function read(key: string): Promise<void> {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = Buffer.from((await body?.transformToByteArray()) ?? []);
    known.add(key);
    if (key.startsWith('quarantine/')) quarantine.set(key, bytes.toString());
    if (!key.startsWith('activity/')) return;
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n');
    archive.set(key, lines);
    for (const line of lines) archivedIds.add(JSON.parse(line).eventId);
  }

  return {
    archive,
    archivedIds,
    quarantine,
    keys: () => [...known],
    async refresh() {
      for await (const { Contents: contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        await Promise.all(contents.map(({ Key: key = '' }) => (known.has(key) ? null : read(key))));
      }
    },
  };
}
