import type { ActivityEvent, StreamRecord } from './activity.ts';
import type { Config } from './config.ts';
import type { UnwrapDataKey } from './data-keys.ts';
import { type Stage, type StageError, toStageError } from './errors.ts';
import { classify, isHeartbeat } from './transforms/classify.ts';
import { decode } from './transforms/decode.ts';
import { decompress } from './transforms/decompress.ts';
import { decrypt } from './transforms/decrypt.ts';
import { type Destination, filter } from './transforms/filter.ts';
import { parse } from './transforms/parse.ts';

/** A record that was decrypted: its content, still compressed, or why there is none. */
export type DecryptedRecord =
  | { readonly record: StreamRecord; readonly compressed: Uint8Array }
  | { readonly record: StreamRecord; readonly error: StageError };

/** A record after the transforms: its events, or why there are none. */
export interface OpenedRecord {
  readonly record: StreamRecord;
  /** Of the decrypted content. */
  readonly bytes: number;
  readonly heartbeats: number;
  /** The instance that wrote it, as the record says. */
  readonly instanceId: string | null;
  readonly events: readonly RoutedEvent[];
  readonly error: StageError | null;
}

export interface RoutedEvent {
  readonly event: ActivityEvent;
  readonly destination: Destination;
}

/** One record → its content. Never throws: a failure is an answer like any other. */
export async function decryptRecord(
  record: StreamRecord,
  unwrapDataKey: UnwrapDataKey,
  signal: AbortSignal,
): Promise<DecryptedRecord> {
  // Where an error that no leaf foresaw arose.
  let stage: Stage = 'decode';
  try {
    const { key, message } = decode(record.data);
    stage = 'data-key';
    const materials = await unwrapDataKey(key, record.origin, signal);
    stage = 'decrypt';
    return { record, compressed: await decrypt(message, materials) };
  } catch (cause) {
    return { record, error: toStageError(stage, cause) };
  }
}

/** Its content → its events, classified and filtered. Never throws either. */
export function openRecord(decrypted: DecryptedRecord, config: Config): OpenedRecord {
  const { record } = decrypted;
  if ('error' in decrypted) return fail(record, decrypted.error);
  const { origin } = record;
  let stage: Stage = 'decompress';
  try {
    const bytes = decompress(decrypted.compressed, config.maxRecordBytes);
    stage = 'parse';
    const payload = parse(bytes, origin.resourceId);
    stage = 'classify';
    const events = payload.events.flatMap((listed, index) => {
      if (isHeartbeat(listed)) return [];
      const event = classify(listed, index, payload.instanceId, origin);
      return [{ event, destination: filter(event.activity, config) }];
    });
    const heartbeats = payload.events.length - events.length;
    return { record, bytes: bytes.length, heartbeats, instanceId: payload.instanceId, events, error: null };
  } catch (cause) {
    return fail(record, toStageError(stage, cause));
  }
}

function fail(record: StreamRecord, error: StageError): OpenedRecord {
  return { record, bytes: 0, heartbeats: 0, instanceId: null, events: [], error };
}
