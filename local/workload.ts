import { randomBytes } from 'node:crypto';
import type { QuarantineReason } from '../src/activity.ts';
import { type DataKey, innerRecord, type SealingEngine, sealRecord } from './database-activity.ts';
import { type Fate, HEARTBEAT, SCENES, type Scene, writeEvent } from './scenes.ts';

/** One database instance, with the data key that it encrypts under. */
export interface Instance {
  readonly engine: SealingEngine;
  readonly resourceId: string;
  readonly instanceId: string;
  readonly dataKey: DataKey;
}

/** A record of the workload, sealed, with what must become of it. */
export interface WorkloadRecord {
  readonly resourceId: string;
  readonly data: Uint8Array;
  /** Of the decrypted content; none where it cannot be opened. */
  readonly contentBytes: number;
  /** Of each event in its list; or why the record is quarantined. */
  readonly fate: readonly Fate[] | QuarantineReason;
}

/** Every so many records one is much longer than a frame of Aurora PostgreSQL's messages. */
const LONG_RECORD_EVERY = 10;
const LONG_STATEMENT_BYTES = 12_000;

/**
 * Makes up a day at these instances, record by record: logins, failed logins, every class of statement, errors, AUX events,
 * heartbeats, several events a record, records of several frames; one poison record stands in the middle.
 */
export async function* createWorkload(records: number, instances: readonly Instance[]): AsyncGenerator<WorkloadRecord> {
  let statementId = 0;
  for (let number = 0; number < records; number++) {
    const instance = instances[number % instances.length] as Instance;
    const { engine, resourceId, instanceId, dataKey } = instance;
    if (number === Math.floor(records / 2)) {
      yield { resourceId, data: await sealTampered(instance), contentBytes: 0, fate: 'DECRYPT_FAILED' };
      continue;
    }
    const scenes = pickScenes(engine, Math.floor(number / instances.length));
    const events = scenes.map((scene) => {
      if (scene.fate.kind !== 'heartbeat') statementId++;
      return writeEventNow(engine, lengthen(scene, number), statementId);
    });
    const content = Buffer.from(innerRecord(resourceId, instanceId, events));
    const data = await sealRecord(content, engine, dataKey);
    yield { resourceId, data, contentBytes: content.length, fate: scenes.map(({ fate }) => fate) };
  }
}

/** The event that a database writes now of a scene. */
export function writeEventNow(
  engine: SealingEngine,
  scene: Scene,
  statementId: number,
): Readonly<Record<string, unknown>> {
  const moment = new Date().toISOString().slice(0, 23).replace('T', ' ');
  const microseconds = String(statementId % 1000).padStart(3, '0');
  return writeEvent(engine, scene, `${moment}${microseconds}`, statementId);
}

// One to three scenes in turn, and a heartbeat in every second record; every seventh record is a heartbeat alone.
function pickScenes(engine: SealingEngine, turn: number): readonly Scene[] {
  if (turn % 7 === 6) return [HEARTBEAT];
  const scenes = SCENES[engine];
  const picked = Array.from(
    { length: 1 + (turn % 3) },
    (_, more) => scenes[(turn * 2 + more) % scenes.length] as Scene,
  );
  return turn % 2 === 0 ? [picked[0] as Scene, HEARTBEAT, ...picked.slice(1)] : picked;
}

function lengthen(scene: Scene, number: number): Scene {
  const { fields } = scene;
  if (number % LONG_RECORD_EVERY !== 1 || !fields.commandText || fields.class === 'AUX') return scene;
  // Random text, so that gzip cannot make it short.
  const comment = `/* ${randomBytes(LONG_STATEMENT_BYTES).toString('base64')} */`;
  return { ...scene, fields: { ...fields, commandText: `${fields.commandText} ${comment}` } };
}

/** A record whose message was tampered with: it can never be decrypted. */
export async function sealTampered({ engine, resourceId, instanceId, dataKey }: Instance): Promise<Uint8Array> {
  const data = await sealRecord(innerRecord(resourceId, instanceId, []), engine, dataKey);
  const outer = JSON.parse(data.toString());
  const message = Buffer.from(outer.databaseActivityEvents, 'base64');
  const middle = Math.floor(message.length / 2);
  message[middle] = (message[middle] as number) ^ 1;
  return Buffer.from(JSON.stringify({ ...outer, databaseActivityEvents: message.toString('base64') }));
}
