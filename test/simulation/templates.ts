import { gzipSync } from 'node:zlib';
import { type DataKey, innerRecord, sealMessage, sealRecord, wrapMessage } from '../../local/database-activity.ts';
import type { Fate } from '../../local/scenes.ts';
import { createWorkload } from '../../local/workload.ts';
import type { ActivityClass, QuarantineReason } from '../../src/activity.ts';

/** A sealed record that can be put into a stream any number of times, and what must become of it. */
export interface Template {
  readonly name: string;
  readonly data: Uint8Array;
  /** Of the decrypted content; none where it cannot be opened. */
  readonly contentBytes: number;
  /** Which event of its list EventBridge can never accept. */
  readonly refused?: number;
  /** Of each event in its list; or why the record is quarantined. */
  readonly fate: readonly Fate[] | QuarantineReason;
}

/** Stands in whatever may not be shown. */
export const CANARY = 'canary';

/** Stands in names, which the bus may show. */
export const NAME_CANARY = 'nightingale';

/** An object of this name makes an entry that EventBridge can never accept. */
export const REFUSED = 'refused_by_the_bus';

const ENGINE = 'aurora-postgresql';
const FIELDS = {
  type: 'record',
  serverType: 'PostgreSQL',
  dbUserName: NAME_CANARY,
  databaseName: NAME_CANARY,
  objectName: NAME_CANARY,
  clientApplication: NAME_CANARY,
  remoteHost: NAME_CANARY,
};
const INSERT = { ...FIELDS, class: 'WRITE', command: 'INSERT', commandText: `INSERT INTO t VALUES ('${CANARY}')` };
/** Smaller than the default, so that large records and bombs cost the simulation little; a chunk may hold half of it. */
export const MAX_RECORD_BYTES = 512 * 1024;
/** Two of it fill a chunk. */
const LARGE_BYTES = 0.3 * MAX_RECORD_BYTES;

/** Seals a record of each kind for a cluster; `foreignKey` is a data key of another one. */
export async function sealTemplates(
  resourceId: string,
  dataKeys: readonly [DataKey, DataKey],
  foreignKey: DataKey,
): Promise<readonly Template[]> {
  const [dataKey] = dataKeys;
  const seal = (inner: string | Uint8Array, key = dataKey) => sealRecord(inner, ENGINE, key);
  const inner = (...events: readonly unknown[]) => innerRecord(resourceId, 'db-SIMULATED', events);
  const archived = (name: ActivityClass): Fate => ({ kind: 'archived', class: name, auxiliary: false });
  const healthy = async (name: string, text: string, fate: readonly Fate[]): Promise<Template> => ({
    name,
    data: await seal(text),
    contentBytes: Buffer.byteLength(text),
    fate,
  });
  const poison = async (name: string, fate: QuarantineReason, data: Uint8Array | Promise<Uint8Array>) => ({
    name,
    data: await data,
    contentBytes: 0,
    fate,
  });

  const instances = [
    { engine: ENGINE, resourceId, instanceId: 'db-WRITER', dataKey },
    { engine: ENGINE, resourceId, instanceId: 'db-READER', dataKey: dataKeys[1] },
    { engine: 'aurora-mysql', resourceId, instanceId: 'db-MYSQL', dataKey },
  ] as const;
  const workload = await Array.fromAsync(createWorkload(60, instances));
  const message = await sealMessage(gzipSync(inner(INSERT)), ENGINE, dataKey.plaintext);
  const tampered = Buffer.from(message);
  tampered[tampered.length - 1] = (tampered.at(-1) as number) ^ 1;
  const wrap = (bytes: Uint8Array) => wrapMessage(bytes, ENGINE, dataKey.ciphertext);

  return [
    ...workload.map(({ data, contentBytes, fate }, index) => ({ name: `workload ${index}`, data, contentBytes, fate })),
    await healthy('heartbeats alone', inner({ type: 'heartbeat' }), [{ kind: 'heartbeat' }]),
    await healthy('no events', inner(), []),
    await healthy('many events', inner(...Array.from({ length: 25 }, () => INSERT)), Array(25).fill(archived('DML'))),
    {
      ...(await healthy('a refused entry', inner({ ...INSERT, objectName: REFUSED }, INSERT), [
        archived('DML'),
        archived('DML'),
      ])),
      refused: 0,
    },
    await healthy('an entry too large', inner({ ...INSERT, clientApplication: 'x'.repeat(300_000) }), [
      archived('DML'),
    ]),
    await healthy('a large record', `${inner(INSERT)}${' '.repeat(LARGE_BYTES)}`, [archived('DML')]),
    await poison('no envelope', 'ENVELOPE_INVALID', Buffer.from(CANARY)),
    await poison('a foreign key', 'KEY_REJECTED', seal(inner(INSERT), foreignKey)),
    await poison('a changed message', 'DECRYPT_FAILED', wrap(tampered)),
    await poison(
      'no gzip',
      'DECOMPRESS_FAILED',
      sealMessage(Buffer.from(CANARY), ENGINE, dataKey.plaintext).then(wrap),
    ),
    await poison('no JSON', 'PAYLOAD_INVALID', seal(`{"${CANARY}`)),
    await poison('a bomb', 'PAYLOAD_TOO_LARGE', seal(' '.repeat(MAX_RECORD_BYTES + 1))),
    await poison('another cluster', 'SOURCE_MISMATCH', seal(innerRecord('cluster-OTHER', 'db-OTHER', [INSERT]))),
  ];
}
