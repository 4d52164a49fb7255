import type { ActivityClass } from '../../src/activity.ts';
import { innerRecord, sealRecord } from '../database-activity.ts';
import { INSTANCES } from '../run.ts';
import { SCENES, type Scene } from '../scenes.ts';
import type { Position, Service } from '../service.ts';
import { type Instance, sealTampered, writeEventNow } from '../workload.ts';

/** What the page's buttons send. */
export const RECORD_KINDS = ['ddl', 'failed-login', 'poison-record'] as const;

export type RecordKind = (typeof RECORD_KINDS)[number];

/** A record that was sent, and where it is. */
export interface SentRecord extends Position {
  readonly resourceId: string;
  readonly bytes: number;
}

const [WRITER] = INSTANCES;

const SEAL: Readonly<Record<RecordKind, (instance: Instance) => Promise<Uint8Array>>> = {
  ddl: (instance) => sealScene(instance, findScene(instance, 'DDL')),
  'failed-login': (instance) => sealScene(instance, findScene(instance, 'AUTH_FAILURE')),
  'poison-record': sealTampered,
};

/** Writes one record into the first cluster's stream, sealed as RDS does it. */
export async function sendRecord(service: Service, kind: RecordKind): Promise<SentRecord> {
  const { resourceId } = WRITER;
  const data = await SEAL[kind]({ ...WRITER, dataKey: await service.generateDataKey(resourceId) });
  const [position] = await service.put(resourceId, [data]);
  if (position === undefined) throw new Error('Kinesis named no place of the record');
  return { resourceId, ...position, bytes: data.length };
}

function sealScene({ engine, resourceId, instanceId, dataKey }: Instance, scene: Scene): Promise<Uint8Array> {
  const event = writeEventNow(engine, scene, 1);
  return sealRecord(innerRecord(resourceId, instanceId, [event]), engine, dataKey);
}

function findScene({ engine }: Instance, activityClass: ActivityClass): Scene {
  const scene = SCENES[engine].find(({ fate }) => fate.kind === 'archived' && fate.class === activityClass);
  if (scene === undefined) throw new Error(`No scene is of class ${activityClass}`);
  return scene;
}
