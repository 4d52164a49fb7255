import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

/** A bucket, read as its users read it; objects must never change, so each is read once. */
export interface Store {
  /** Reads what is new. */
  readonly refresh: () => Promise<void>;
  readonly keys: () => readonly string[];
  /** Keys of objects that changed nevertheless. */
  readonly replaced: ReadonlySet<string>;
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
  // When each was written.
  const known = new Map<string, number>();
  const replaced = new Set<string>();

  async function read(key: string, writtenAt: number): Promise<void> {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = Buffer.from((await body?.transformToByteArray()) ?? []);
    known.set(key, writtenAt);
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
    replaced,
    keys: () => [...known.keys()],
    async refresh() {
      for await (const { Contents: contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
        await Promise.all(
          contents.map(({ Key: key = '', LastModified: modified }) => {
            const writtenAt = Number(modified);
            if (!known.has(key)) return read(key, writtenAt);
            if (known.get(key) !== writtenAt) replaced.add(key);
            return null;
          }),
        );
      }
    },
  };
}
