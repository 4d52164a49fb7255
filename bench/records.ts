import { gzipSync } from 'node:zlib';
import { type DataKey, innerRecord, sealMessage, wrapMessage } from '../local/database-activity.ts';
import { SCENES, type Scene, writeEvent } from '../local/scenes.ts';
import type { ActivityClass } from '../src/activity.ts';

/** One kind of stream. */
export interface Shape {
  readonly engine: 'aurora-postgresql' | 'aurora-mysql';
  readonly eventsPerRecord: number;
}

/** A record as RDS writes it, with what the floors are spared to find out. */
export interface BenchRecord {
  readonly data: Uint8Array;
  readonly message: Uint8Array;
  readonly dataKey: DataKey;
  /** Of each event. */
  readonly classes: readonly ActivityClass[];
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
const HUNDRED = Object.entries(MIX).flatMap(([name, share]) => Array<string>(share).fill(name));
/** Coprime to a hundred: classes take turns, and after a hundred events the mix is exact. */
const STRIDE = 37;
const USERS = ['payroll_app', 'shop_app', 'reporting', 'alice', 'bob', 'migrations', 'etl'];
const FIRST_MOMENT = Date.UTC(2026, 2, 1, 12);

/** Seals so many records, each under one of the data keys in turn. */
export async function sealRecords(
  { engine, eventsPerRecord }: Shape,
  count: number,
  dataKeys: readonly DataKey[],
): Promise<readonly BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (let number = 0; number < count; number++) {
    const dataKey = dataKeys[number % dataKeys.length] as DataKey;
    const positions = Array.from({ length: eventsPerRecord }, (_, more) => number * eventsPerRecord + more);
    const scenes = positions.map((position) => pickScene(engine, position));
    const events = scenes.map(({ scene }, index) => writeEvent(engine, scene, momentOf(number), positions[index] ?? 0));
    const message = await sealMessage(gzipSync(innerRecord(CLUSTER, 'db-BENCH', events)), engine, dataKey.plaintext);
    const classes = scenes.map(({ activityClass }) => activityClass);
    records.push({ data: wrapMessage(message, engine, dataKey.ciphertext), message, dataKey, classes });
  }
  return records;
}

function pickScene(engine: Shape['engine'], position: number) {
  const activityClass = HUNDRED[(position * STRIDE) % HUNDRED.length] as ActivityClass;
  const scenes = SCENES[engine].filter(({ fate }) => fate.kind === 'archived' && fate.class === activityClass);
  return { activityClass, scene: vary(scenes[position % scenes.length] as Scene, position) };
}

// Many users, clients, sessions and literals, so that gzip finds no more than in real activity.
function vary({ fields, fate }: Scene, position: number): Scene {
  const digits = String((position + 1) * 7_919_317);
  const text = typeof fields.commandText === 'string' ? fields.commandText : null;
  const varied = {
    dbUserName: USERS[position % USERS.length],
    remoteHost: `10.1.${position % 4}.${position % 251}`,
    remotePort: String(32_768 + (position % 28_000)),
    sessionId: `${digits.slice(0, 8)}.${position % 97}`,
    ...fields,
    commandText: text?.replace(/\d+/g, (literal) => digits.slice(-literal.length)) ?? fields.commandText,
  };
  return { fields: varied, fate };
}

function momentOf(number: number): string {
  return `${new Date(FIRST_MOMENT + number).toISOString().slice(0, 23).replace('T', ' ')}000`;
}
