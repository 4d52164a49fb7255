import type { Readable } from 'node:stream';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { createCreateObject } from '../src/sinks/create-object.ts';
import { Failure } from './failure.ts';

/** What the commands do with a bucket. Everything throws what the SDK throws. */
export interface Bucket {
  readonly name: string;
  /** The keys under a prefix, in their order. */
  readonly listKeys: (prefix: string) => AsyncIterable<string>;
  /** What lies directly under a prefix that ends in `/`: the prefixes of folders, and the keys of objects. */
  readonly listFolder: (prefix: string) => Promise<Folder>;
  readonly readText: (key: string) => Promise<string>;
  readonly openObject: (key: string) => Promise<OpenedObject>;
  /** Writes a JSON object unless its key exists; says whether it did. */
  readonly createObject: (key: string, body: string) => Promise<boolean>;
}

export interface Folder {
  readonly folders: readonly string[];
  readonly keys: readonly string[];
}

export interface OpenedObject {
  /** As it is stored: compressed, where it is. */
  readonly body: Readable;
  /** User metadata, by names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export function createBucket(s3: S3Client, name: string): Bucket {
  const create = createCreateObject(s3, name);
  const pages = (prefix: string, delimiter?: string) =>
    paginateListObjectsV2({ client: s3 }, { Bucket: name, Prefix: prefix, Delimiter: delimiter });

  async function get(key: string) {
    const { Body: body, Metadata: metadata = {} } = await s3.send(new GetObjectCommand({ Bucket: name, Key: key }));
    if (body === undefined) throw new Failure('NO_BODY');
    return { body, metadata };
  }

  return {
    name,
    async *listKeys(prefix) {
      for await (const { Contents: objects = [] } of pages(prefix)) {
        for (const { Key: key } of objects) if (key !== undefined) yield key;
      }
    },
    async listFolder(prefix) {
      const folders: string[] = [];
      const keys: string[] = [];
      for await (const { CommonPrefixes: found = [], Contents: objects = [] } of pages(prefix, '/')) {
        folders.push(...found.flatMap(({ Prefix: folder }) => folder ?? []));
        keys.push(...objects.flatMap(({ Key: key }) => key ?? []));
      }
      return { folders, keys };
    },
    async readText(key) {
      const { body } = await get(key);
      return body.transformToString();
    },
    async openObject(key) {
      const { body, metadata } = await get(key);
      return { body: body as Readable, metadata };
    },
    createObject: (key, body) => create({ key, body, contentType: 'application/json' }, AbortSignal.timeout(60_000)),
  };
}
