import { pMapIterable } from 'p-map';
import type { Origin, StreamRecord } from './activity.ts';
import { cutChunks } from './chunks.ts';
import type { Config } from './config.ts';
import type { UnwrapDataKey } from './data-keys.ts';
import { isPoison, StageError } from './errors.ts';
import { type OpenedRecord, openRecord, type UnlockedRecord, unlockRecord } from './open-record.ts';
import type { Archive } from './sinks/archive.ts';
import type { ArchivedUnit } from './sinks/archive-layout.ts';
import type { Publish } from './sinks/bus.ts';
import { createActivityEntry, createQuarantineEntry } from './sinks/bus-entries.ts';
import { describeHeartbeats } from './sinks/heartbeats.ts';
import type { PoisonRecord, Quarantine } from './sinks/quarantine.ts';
import { type ChunkTally, tally } from './tally.ts';
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

const MAX_CHUNK_BYTES = 16 * 1024 * 1024;

/** How many records wait for their data keys at a time. */
const CONCURRENCY = 4;

/**
 * Routes a batch of records, chunk by chunk; answers the origin of the first record that is not durable, or null.
 *
 * Behind a chunk that failed nothing is begun: all of it is delivered again.
 */
export async function route(records: readonly StreamRecord[], ports: Ports, time: TimeBudget): Promise<Origin | null> {
  const { config, unwrapDataKey } = ports;
  const unlocking = new Set<Promise<UnlockedRecord>>();
  const unlock = (record: StreamRecord) => {
    const unlocked = unlockRecord(record, unwrapDataKey, time.signal);
    unlocking.add(unlocked);
    return unlocked.finally(() => unlocking.delete(unlocked));
  };
  try {
    const opened = openInTurn(pMapIterable(records, unlock, { concurrency: CONCURRENCY }), config);
    // Where memory is small the largest record is: a chunk holds one and a half of it at most.
    const chunks = cutChunks(opened, Math.min(MAX_CHUNK_BYTES, config.maxRecordBytes / 2));
    return await settleInTurn(chunks, records.length, ports, time);
  } finally {
    // Records that were unlocked ahead: nothing is still under way when the handler answers.
    time.close();
    await Promise.all(unlocking);
  }
}

/** One record at a time: what is opened ahead of its chunk takes many times its size in memory. */
async function* openInTurn(records: AsyncIterable<UnlockedRecord>, config: Config): AsyncGenerator<OpenedRecord> {
  for await (const unlocked of records) yield openRecord(unlocked, config);
}

async function settleInTurn(
  chunks: AsyncIterable<Chunk>,
  total: number,
  ports: Ports,
  time: TimeBudget,
): Promise<Origin | null> {
  const { telemetry } = ports;
  let durable = 0;
  for await (const chunk of chunks) {
    const first = chunk[0].record.origin;
    if (durable > 0 && !time.allowsMore()) {
      telemetry.outOfTime(first, total - durable);
      return first;
    }
    telemetry.chunkOpened(chunk);
    try {
      telemetry.chunkDurable(await settle(chunk, ports, time.signal));
    } catch (cause) {
      if (!(cause instanceof StageError)) throw cause;
      telemetry.chunkFailed(first, total - durable, cause);
      return first;
    }
    durable += chunk.length;
  }
  return null;
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

  const events = chunk.flatMap((opened) => opened.events);
  const archived = events.filter(({ destination }) => destination.archived).map(({ event }) => event);
  const unit: ArchivedUnit = {
    first: chunk[0].record.origin,
    last: (chunk.at(-1) ?? chunk[0]).record.origin,
    heartbeats: describeHeartbeats(chunk),
  };
  const keys = await ports.archive(archived, unit, signal);

  const published = events.filter(({ destination }) => destination.published).map(({ event }) => event);
  const refused = await ports.publish(
    [
      ...poison.map((record) => createQuarantineEntry(record, config)),
      ...published.map((event) => createActivityEntry(event, keys.get(event) ?? null, config)),
    ],
    signal,
  );
  // What the bus can never accept is kept all the same, whatever the configuration leaves out.
  const kept = refused.flatMap(({ event }) => (event === null || keys.has(event) ? [] : [event]));
  await ports.archive(kept, unit, signal);
  return tally(chunk, new Set(kept), new Set(refused.map(({ event }) => event)));
}
