import type { ActivityEvent, Origin, RecordedEvent, StreamRecord } from './activity.ts';
import type { Config } from './config.ts';
import type { UnwrapDataKey } from './data-keys.ts';
import { type Stage, type StageError, toStageError } from './errors.ts';
import { type Lines, writeLines } from './sinks/archive-layout.ts';
import { type RecordTally, type RoutedEvent, tallyRecord } from './tally.ts';
import { classify, isHeartbeat } from './transforms/classify.ts';
import { decode } from './transforms/decode.ts';
import { decompress } from './transforms/decompress.ts';
import { decrypt } from './transforms/decrypt.ts';
import { filter } from './transforms/filter.ts';
import { parse } from './transforms/parse.ts';

/** A record that was decrypted: its content, still compressed, or why there is none. */
export type DecryptedRecord =
  | { readonly record: StreamRecord; readonly compressed: Uint8Array }
  | { readonly record: StreamRecord; readonly error: StageError };

/** What a record is about, whatever becomes of its events. */
interface RecordFacts {
  /** Of the decrypted content. */
  readonly bytes: number;
  readonly heartbeats: number;
  /** The instance that wrote it, as the record says. */
  readonly instanceId: string | null;
}

/** What a record holds. */
export interface RecordContent extends RecordFacts {
  /** Without the heartbeats, in their order. */
  readonly events: readonly RecordedEvent[];
}

/** A record after the transforms: what becomes of its events, or why there are none. */
export interface OpenedRecord extends RecordFacts {
  readonly record: StreamRecord;
  /** What is archived, written already: of a chunk's events nothing else is kept in memory. */
  readonly lines: Lines;
  readonly published: readonly Publication[];
  readonly tally: RecordTally;
  readonly error: StageError | null;
}

/** An event for the bus. */
export interface Publication {
  readonly event: ActivityEvent;
  /** Its line, where its class is not archived: where the bus refuses the event, it is kept all the same. */
  readonly unarchived: Lines | null;
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
  try {
    const { events, bytes, heartbeats, instanceId } = readContent(
      decrypted.compressed,
      record.origin,
      config.maxRecordBytes,
    );
    const routed = events.map((event) => ({ event, destination: filter(event.activity, config) }));
    return {
      record,
      bytes,
      heartbeats,
      instanceId,
      lines: writeLines(routed.filter(({ destination }) => destination.archived).map(({ event }) => event)),
      published: routed.filter(({ destination }) => destination.published).map(toPublication),
      tally: tallyRecord(routed),
      error: null,
    };
  } catch (cause) {
    return fail(record, toStageError('classify', cause));
  }
}

/** Content, still compressed → its events, classified. Throws `StageError`; of more than `maxBytes` too. */
export function readContent(compressed: Uint8Array, origin: Origin, maxBytes: number): RecordContent {
  let stage: Stage = 'decompress';
  try {
    const bytes = decompress(compressed, maxBytes);
    stage = 'parse';
    const { instanceId, events: list } = parse(bytes, origin.resourceId);
    stage = 'classify';
    const events = list.flatMap((listed, index) => {
      if (isHeartbeat(listed)) return [];
      return [classify(listed, index, instanceId, origin)];
    });
    return { bytes: bytes.length, heartbeats: list.length - events.length, instanceId, events };
  } catch (cause) {
    throw toStageError(stage, cause);
  }
}

function toPublication({ event: { record, ...event }, destination }: RoutedEvent): Publication {
  return { event, unarchived: destination.archived ? null : writeLines([{ ...event, record }]) };
}

function fail(record: StreamRecord, error: StageError): OpenedRecord {
  return {
    record,
    bytes: 0,
    heartbeats: 0,
    instanceId: null,
    lines: new Map(),
    published: [],
    tally: tallyRecord([]),
    error,
  };
}
