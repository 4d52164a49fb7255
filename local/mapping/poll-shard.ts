import { type DeliveryPorts, deliver, type Poller } from './deliver.ts';
import { type EventRecord, sequenceNumbersOf, toEventRecord } from './event-records.ts';
import { createLane, type Lane, laneOf } from './lane.ts';
import type { MappingSettings } from './settings.ts';
import type { Position, Stream } from './stream.ts';

export interface MappingPorts extends DeliveryPorts {
  readonly stream: Stream;
}

/** Lambda asks a shard four times a second. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const POLL_MS = 250;
/** Kinesis gives so many records at once. */
const MOST_RECORDS = 10_000;
/** A reader whose own call failed is replaced after so long; not for ever, where none lives for a minute. */
const REPLACE_MS = 1_000;
const MOST_REPLACED = 10;
const LONG_LIFE_MS = 60_000;

/**
 * Delivers a shard's records until it is closed and read to its end, or the signal aborts. Throws what a call of its own
 * throws again and again.
 */
export async function pollShard(
  shardId: string,
  start: Position,
  settings: MappingSettings,
  ports: MappingPorts,
  signal: AbortSignal,
): Promise<void> {
  let position = start;
  let replaced = 0;
  for (let ended = false; !ended && !signal.aborted; ) {
    const began = ports.clock.now();
    const restarted = new AbortController();
    const checkpoint = createCheckpoint(position);
    const poller: Poller = {
      shardId,
      streamArn: settings.EventSourceArn,
      signal: AbortSignal.any([signal, restarted.signal]),
      restart: () => restarted.abort(),
      settle: checkpoint.settle,
    };
    const failure = await poll(position, poller, checkpoint.add, settings, ports);
    if (ports.clock.now() - began > LONG_LIFE_MS) replaced = 0;
    if (failure !== null) {
      if (++replaced > MOST_REPLACED) throw failure.cause;
      await ports.clock.sleep(REPLACE_MS, signal);
    }
    position = checkpoint.position();
    ended = !restarted.signal.aborted;
    // Node keeps a signal of several for as long as one of them may abort.
    restarted.abort();
  }
}

/**
 * One reader's life: reads ahead into lanes, and delivers each lane's batches one after another. Answers what ended it early:
 * a call of the mapping's own that failed.
 */
async function poll(
  position: Position,
  poller: Poller,
  onRead: (sequenceNumbers: readonly string[]) => void,
  settings: MappingSettings,
  ports: MappingPorts,
): Promise<{ readonly cause: unknown } | null> {
  const { shardId, streamArn, signal } = poller;
  let failure: { readonly cause: unknown } | null = null;
  const lanes = Array.from({ length: settings.ParallelizationFactor ?? 1 }, () => createLane(settings, ports.clock));

  async function read(): Promise<void> {
    const readNext = await ports.stream.openShard(shardId, position);
    while (!signal.aborted) {
      const { records, ended } = await readNext(Math.min(settings.BatchSize * lanes.length, MOST_RECORDS));
      const delivered = records.map((record) => toEventRecord(record, { streamArn, shardId }));
      onRead(sequenceNumbersOf(delivered));
      distribute(delivered, lanes);
      if (ended) break;
      // What waits already is enough for the next invocations.
      while (!signal.aborted && lanes.some((lane) => lane.waiting() > settings.BatchSize)) await pause();
      if (records.length === 0) await pause();
    }
    for (const lane of lanes) lane.end();
  }

  const pause = () => ports.clock.sleep(POLL_MS, signal);

  async function deliverLane(lane: Lane): Promise<void> {
    for await (const batch of lane.batches(signal)) await deliver(batch, poller, settings, ports);
  }

  const endWith = (cause: unknown) => {
    failure ??= { cause };
    poller.restart();
  };
  await Promise.all([read(), ...lanes.map(deliverLane)].map((work) => work.catch(endWith)));
  return failure;
}

function distribute(records: readonly EventRecord[], lanes: readonly Lane[]): void {
  for (const [lane, members] of Map.groupBy(records, (record) => laneOf(record, lanes.length)))
    lanes[lane]?.push(members);
}

/** How far a shard is settled without a hole: where the next reader begins. */
function createCheckpoint(start: Position) {
  const read: string[] = [];
  const settled = new Set<string>();
  let position = start;
  return {
    add: (sequenceNumbers: readonly string[]) => {
      read.push(...sequenceNumbers);
    },
    settle: (sequenceNumbers: readonly string[]) => {
      for (const sequenceNumber of sequenceNumbers) settled.add(sequenceNumber);
      let holes = 0;
      while (settled.delete(read[holes] ?? '')) holes++;
      const last = read.splice(0, holes).at(-1);
      if (last !== undefined) position = { after: last };
    },
    position: (): Position => (read[0] === undefined ? position : { at: read[0] }),
  };
}
