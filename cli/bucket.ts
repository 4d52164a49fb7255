import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import pRetry, { AbortError } from 'p-retry';
import { createCreateObject } from '../src/sinks/create-object.ts';
import { Failure } from './failure.ts';

/** What the commands do with a bucket. Everything throws what the SDK throws. */
export interface Bucket {
  readonly name: string;
  /** The keys under a prefix, in their order. */
  readonly listKeys: (prefix: string) => AsyncIterable<string>;
  /** What lies directly under a prefix that ends in `/`: the prefixes of folders, and the keys of objects. */
  readonly listFolder: (prefix: string) => Promise<Folder>;
  readonly readObject: (key: string) => Promise<StoredObject>;
  /** Writes a JSON object unless its key exists; says whether it did. */
  readonly createObject: (key: string, body: string) => Promise<boolean>;
}

export interface Folder {
  readonly folders: readonly string[];
  readonly keys: readonly string[];
}

export interface StoredObject {
  /** As it is stored: compressed, where it is. */
  readonly bytes: Uint8Array;
  /** User metadata, by names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The console makes an empty object of each folder that it makes. */
function isFolder(key: string): boolean {
  return key.endsWith('/');
}

export function createBucket(s3: S3Client, name: string): Bucket {
  const create = createCreateObject(s3, name);
  const pages = (prefix: string, delimiter?: string) =>
    paginateListObjectsV2({ client: s3 }, { Bucket: name, Prefix: prefix, Delimiter: delimiter });

  async function getObject(key: string): Promise<StoredObject> {
    const { Body: body, Metadata: metadata = {} } = await s3
      .send(new GetObjectCommand({ Bucket: name, Key: key }))
      .catch((cause: Error) => {
        throw new AbortError(cause);
      });
    if (body === undefined) throw new AbortError(new Failure('NO_BODY'));
    return { bytes: await body.transformToByteArray(), metadata };
  }

  return {
    name,
    async *listKeys(prefix) {
      for await (const { Contents: objects = [] } of pages(prefix)) {
        for (const { Key: key } of objects) if (key !== undefined && !isFolder(key)) yield key;
      }
    },
    async listFolder(prefix) {
      const folders: string[] = [];
      const keys: string[] = [];
      for await (const { CommonPrefixes: found = [], Contents: objects = [] } of pages(prefix, '/')) {
        folders.push(...found.flatMap(({ Prefix: folder }) => folder ?? []));
        keys.push(...objects.flatMap(({ Key: key }) => (key === undefined || isFolder(key) ? [] : key)));
      }
      return { folders, keys };
    },
    // The SDK tries again what fails before the body begins.
    readObject: (key) => pRetry(() => getObject(key), { retries: 3, minTimeout: 200 }),
    createObject: (key, body) => create({ key, body, contentType: 'application/json' }, AbortSignal.timeout(60_000)),
  };
}
