import type { ActivityEvent, Origin, StreamRecord } from './activity.ts';
import { cutChunks } from './chunks.ts';
import type { Config } from './config.ts';
import type { UnwrapDataKey } from './data-keys.ts';
import { isPoison, StageError } from './errors.ts';
import { type DecryptedRecord, decryptRecord, type OpenedRecord, openRecord } from './open-record.ts';
import type { Archive } from './sinks/archive.ts';
import { type ArchivedUnit, groupOf } from './sinks/archive-layout.ts';
import type { Publish } from './sinks/bus.ts';
import { createActivityEntry, createQuarantineEntry } from './sinks/bus-entries.ts';
import { describeHeartbeats } from './sinks/heartbeats.ts';
import type { PoisonRecord, Quarantine } from './sinks/quarantine.ts';
import { type ChunkTally, tallyChunk } from './tally.ts';
import type { Telemetry } from './telemetry.ts';
import type { TimeBudget } from './time-budget.ts';

export interface Ports {
  readonly config: Config;
  readonly unwrapDataKey: UnwrapDataKey;
  readonly quarantine: Quarantine;
  readonly archive: Archive;
  readonly publish: Publish;
  readonly telemetry: Telemetry;
}

type Chunk = readonly [OpenedRecord, ...OpenedRecord[]];

/** Of decrypted content: what is written of a chunk is in memory until it is durable, while the next one is opened. */
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;

/** How many records are decrypted at a time: the library takes many turns of the event loop for each. */
const CONCURRENCY = 8;

/**
 * Routes a batch of records, chunk by chunk; answers the origin of the first record that is not durable, or null.
 *
 * While a chunk is made durable the next one is opened, and no more than that: behind a chunk that failed all is delivered
 * again.
 */
export async function route(records: readonly StreamRecord[], ports: Ports, time: TimeBudget): Promise<Origin | null> {
  const { config, telemetry } = ports;
  // Where memory is small the largest record is: a chunk holds one and a half of it at most.
  const maxChunkBytes = Math.min(MAX_CHUNK_BYTES, config.maxRecordBytes / 2);
  const decrypting: Promise<DecryptedRecord>[] = [];
  const chunks = cutChunks(openInTurn(records, decrypting, ports, time.signal), maxChunkBytes);
  let begun = 0;
  let failing: Promise<Origin | null> = Promise.resolve(null);
  try {
    for await (const chunk of chunks) {
      if ((await failing) !== null || time.signal.aborted) break;
      if (begun > 0 && !time.allowsMore()) break;
      failing = settleOrFail(chunk, records.length - begun, ports, time);
      // It is waited for only when the next chunk is open.
      failing.catch(() => undefined);
      begun += chunk.length;
    }
    const failed = await failing;
    if (failed !== null) return failed;
    const next = records[begun]?.origin ?? null;
    if (next !== null) telemetry.outOfTime(next, records.length - begun);
    return next;
  } finally {
    // Nothing is still under way when the handler answers: neither what was decrypted ahead nor a chunk.
    time.close();
    await Promise.allSettled([...decrypting, failing]);
  }
}

/**
 * Opens one record at a time, since what is opened takes many times its size in memory: only what is still compressed is
 * made ahead, and stands in `decrypting`. Ends where nothing more can become durable.
 */
async function* openInTurn(
  records: readonly StreamRecord[],
  decrypting: Promise<DecryptedRecord>[],
  { unwrapDataKey, config }: Ports,
  signal: AbortSignal,
): AsyncGenerator<OpenedRecord> {
  for (let next = 0; !signal.aborted; ) {
    while (decrypting.length < CONCURRENCY && next < records.length) {
      decrypting.push(decryptRecord(records[next++] as StreamRecord, unwrapDataKey, signal));
    }
    const decrypted = await decrypting.shift();
    if (decrypted === undefined) return;
    yield openRecord(decrypted, config);
  }
}

/** Makes a chunk durable, or answers the origin that it is delivered again from; `left` counts the records from there on. */
async function settleOrFail(chunk: Chunk, left: number, ports: Ports, time: TimeBudget): Promise<Origin | null> {
  const { telemetry } = ports;
  telemetry.chunkOpened(chunk);
  try {
    telemetry.chunkDurable(await settle(chunk, ports, time.signal));
    return null;
  } catch (cause) {
    // The next chunk need not be opened any further.
    time.close();
    if (!(cause instanceof StageError)) throw cause;
    const { origin } = chunk[0].record;
    telemetry.chunkFailed(origin, left, cause);
    return origin;
  }
}

/** Makes a chunk durable: quarantine, archive, publish, in this order. Throws a `StageError` where it could not. */
async function settle(chunk: Chunk, ports: Ports, signal: AbortSignal): Promise<ChunkTally> {
  const { config } = ports;
  const poison: PoisonRecord[] = [];
  for (const { record, error } of chunk) {
    if (error === null) continue;
    // A record that may succeed later holds its chunk back: what is written is always the whole chunk.
    if (!isPoison(error)) throw error;
    poison.push({ record, error });
  }
  await ports.quarantine(poison, signal);

  const unit: ArchivedUnit = {
    first: chunk[0].record.origin,
    last: (chunk.at(-1) ?? chunk[0]).record.origin,
    heartbeats: describeHeartbeats(chunk),
  };
  const archived = chunk.map(({ record, lines }) => ({ origin: record.origin, lines }));
  const keys = await ports.archive(archived, unit, signal);

  const published = chunk.flatMap((opened) => opened.published);
  const keyOf = ({ activity, origin }: ActivityEvent) => keys.get(groupOf(activity.class, origin)) ?? null;
  const refused = await ports.publish(
    [
      ...poison.map((record) => createQuarantineEntry(record, config)),
      ...published.map(({ event }) => createActivityEntry(event, keyOf(event), config)),
    ],
    signal,
  );
  // What the bus can never accept is kept all the same, whatever the configuration leaves out.
  const events = new Set(refused.map(({ event }) => event));
  const kept = published.flatMap(({ event, unarchived }) =>
    unarchived !== null && events.has(event) ? [{ origin: event.origin, lines: unarchived }] : [],
  );
  await ports.archive(kept, unit, signal);
  return tallyChunk(chunk, events);
}
