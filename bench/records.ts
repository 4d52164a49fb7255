import { gzipSync } from 'node:zlib';
import { type DataKey, innerRecord, sealMessage, wrapMessage } from '../local/database-activity.ts';
import { type Fate, SCENES, type Scene, writeEvent } from '../local/scenes.ts';
import type { ActivityClass } from '../src/activity.ts';
import type { BenchEngine, Shape } from './shapes.ts';

/** What must become of an event: all are archived. */
export type ArchivedFate = Extract<Fate, { kind: 'archived' }>;

/** A record as RDS writes it, with what the floors are spared to find out. */
export interface BenchRecord {
  readonly data: Uint8Array;
  readonly message: Uint8Array;
  readonly dataKey: DataKey;
  /** Of the decrypted content. */
  readonly contentBytes: number;
  /** Of each event. */
  readonly fates: readonly ArchivedFate[];
}

export const CLUSTER = 'cluster-BENCH';

/** Of a hundred events; a tenth is published by default, as in the example of costs in docs/deploying.md. */
const MIX: Readonly<Partial<Record<ActivityClass, number>>> = {
  DQL: 60,
  TCL: 18,
  DML: 6,
  MISC: 5,
  EXECUTE: 3,
  CONNECT: 2,
  DISCONNECT: 2,
  DDL: 1,
  DCL: 1,
  AUTH_FAILURE: 1,
  ERROR: 1,
};
const HUNDRED = Object.entries(MIX).flatMap(([name, share]) => Array<ActivityClass>(share).fill(name as ActivityClass));
/** Coprime to a hundred: classes take turns, and after a hundred events the mix is exact. */
const STRIDE = 37;
const USERS = ['payroll_app', 'shop_app', 'reporting', 'alice', 'bob', 'migrations', 'etl'];
const TABLES = /\b(orders|bonus|salaries|missing)\b/g;
const FIRST_MOMENT = Date.UTC(2026, 2, 1, 12);

/** Seals so many records, under one of the data keys in turn. */
export async function sealRecords(
  { engine, eventsPerRecord }: Shape,
  count: number,
  dataKeys: readonly DataKey[],
): Promise<readonly BenchRecord[]> {
  const pickScene = createScenes(engine);
  const records: BenchRecord[] = [];
  for (let number = 0; number < count; number++) {
    const dataKey = dataKeys[number % dataKeys.length] as DataKey;
    const positions = Array.from({ length: eventsPerRecord }, (_, more) => number * eventsPerRecord + more);
    const scenes = positions.map(pickScene);
    const events = scenes.map((scene, at) => writeEvent(engine, scene, momentOf(number), positions[at] ?? 0));
    const content = Buffer.from(innerRecord(CLUSTER, 'db-BENCH', events));
    const message = await sealMessage(gzipSync(content), engine, dataKey.plaintext);
    records.push({
      data: wrapMessage(message, engine, dataKey.ciphertext),
      message,
      dataKey,
      contentBytes: content.length,
      fates: scenes.map(({ fate }) => fate as ArchivedFate),
    });
  }
  return records;
}

/** Answers what happens at a position: the classes in the mix, and of each class its scenes in turn. */
function createScenes(engine: BenchEngine): (position: number) => Scene {
  const scenesOf = (name: ActivityClass) =>
    SCENES[engine].filter(({ fate }) => fate.kind === 'archived' && fate.class === name);
  const byClass = new Map(HUNDRED.map((name) => [name, scenesOf(name)]));
  const turns = new Map<ActivityClass, number>();
  return (position) => {
    const name = HUNDRED[(position * STRIDE) % HUNDRED.length] as ActivityClass;
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    const scenes = byClass.get(name) ?? [];
    const scene = scenes[turn % scenes.length];
    if (scene === undefined) throw new Error(`No scene of ${engine} has the class ${name}`);
    return vary(scene, position);
  };
}

// Each event has other tables, literals, clients and sessions than those before: neither gzip nor a cache finds more in
// them than in real activity.
function vary({ fields, fate }: Scene, position: number): Scene {
  const digits = String((position + 1) * 7_919_317);
  const change = (text: unknown) =>
    typeof text === 'string'
      ? text
          .replace(/\d+/g, (literal) => digits.slice(-literal.length))
          .replace(TABLES, (table) => `${table}_${position}`)
      : text;
  const varied = {
    dbUserName: USERS[position % USERS.length],
    remoteHost: `10.1.${position % 4}.${position % 251}`,
    remotePort: String(32_768 + (position % 28_000)),
    sessionId: `${digits.slice(0, 8)}.${position % 97}`,
    ...fields,
    commandText: change(fields.commandText),
  };
  return { fields: varied, fate };
}

function momentOf(number: number): string {
  return `${new Date(FIRST_MOMENT + number).toISOString().slice(0, 23).replace('T', ' ')}000`;
}
