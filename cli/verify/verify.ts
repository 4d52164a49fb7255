import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import pMap from 'p-map';
import { ACTIVITY_CLASSES, type ActivityClass } from '../../src/activity.ts';
import type { Bucket } from '../bucket.ts';
import { codeOf, Failure } from '../failure.ts';
import type { Advance } from '../progress.ts';
import { type ArchivePlace, readArchiveKey } from './archive-key.ts';
import { createEventComparer, type EventComparer } from './compare-events.ts';
import { countQuarantine } from './count-quarantine.ts';
import { readHeartbeats } from './heartbeats.ts';
import { lastPart } from './last-part.ts';
import { readLine } from './read-line.ts';
import { readLines } from './read-lines.ts';
import { createSignsByInstance, type SignsByInstance } from './signs-by-instance.ts';
import { createTally, type Tally } from './tally.ts';
import { isClean, MOST_FINDINGS, type Verdict } from './verdict.ts';

export interface Request {
  /** As in `2026-03-01`. */
  readonly day: string;
  readonly archivePrefix: string;
  readonly quarantinePrefix: string;
  readonly gapMinutes: number;
}

/** A class of a source on the day, or in an hour of it. */
interface Folder {
  readonly class: ActivityClass;
  readonly source: string;
  readonly prefix: string;
}

/** How many hours are read at a time. */
const CONCURRENCY = 8;
const ZLIB_CODE = /^Z_/;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Reads a day of archive and quarantine and says what is wrong with it. */
export async function verifyDay(request: Request, bucket: Bucket, now: Date, advance: Advance): Promise<Verdict> {
  const tally = createTally(MOST_FINDINGS);
  const signs = createSignsByInstance(request.gapMinutes * MINUTE);
  const folders = await findFolders(request, bucket);
  const hours = (
    await pMap(folders, (folder) => findHours(folder, bucket, tally), { concurrency: CONCURRENCY })
  ).flat();
  let done = 0;
  advance(done, hours.length);
  await pMap(
    hours,
    async (hour) => {
      await verifyHour(hour, bucket, tally, signs);
      advance(++done, hours.length);
    },
    { concurrency: CONCURRENCY },
  );
  const archive = tally.counts();
  const archived = new Set(archive.map(({ source }) => source));
  const start = Date.parse(`${request.day}T00:00:00Z`);
  const verdict = {
    bucket: bucket.name,
    day: request.day,
    archive,
    quarantine: await countQuarantine(request.quarantinePrefix, request.day, bucket),
    gaps: signs.gaps({ from: start, to: Math.min(start + DAY, now.getTime()) }),
    silentSources: [...new Set(folders.map(({ source }) => source))].filter((source) => !archived.has(source)).sort(),
    findings: tally.findings(),
  };
  return { ...verdict, clean: isClean(verdict) };
}

async function findFolders({ archivePrefix, day }: Request, bucket: Bucket): Promise<readonly Folder[]> {
  const found = await pMap(ACTIVITY_CLASSES, async (name) => {
    const { folders } = await bucket.listFolder(`${archivePrefix}/class=${name}/`);
    return folders.map((prefix) => ({ class: name, source: lastPart(prefix), prefix: `${prefix}dt=${day}/` }));
  });
  return found.flat();
}

async function findHours(folder: Folder, bucket: Bucket, tally: Tally): Promise<readonly Folder[]> {
  const { folders, keys } = await bucket.listFolder(folder.prefix);
  for (const key of keys) tally.find(folder, unreadable(key, null, 'KEY_UNKNOWN'));
  return folders.map((prefix) => ({ ...folder, prefix }));
}

/**
 * Reads an hour of a class and a source, object by object in the order of their shards and first sequence numbers: an event
 * whose record lies before an object's first comes in no later one, so it is not kept.
 */
async function verifyHour(hour: Folder, bucket: Bucket, tally: Tally, signs: SignsByInstance): Promise<void> {
  const events = createEventComparer();
  for await (const key of bucket.listKeys(hour.prefix)) {
    tally.count(hour, 'objects');
    const place = readArchiveKey(key);
    if (place === null) {
      tally.find(hour, unreadable(key, null, 'KEY_UNKNOWN'));
      continue;
    }
    events.forgetBefore(positionOf(place, place.first));
    if (place.beside) tally.find(hour, { kind: 'conflictObject', key, line: null, eventId: null, code: null });
    try {
      await verifyObject(place, bucket, tally, events, signs);
    } catch (cause) {
      const code = codeOf(cause);
      tally.find(hour, unreadable(key, null, ZLIB_CODE.test(code) ? 'NOT_GZIP' : code));
    }
  }
}

/** Throws where the object as a whole cannot be read; what was read before counts. */
async function verifyObject(
  place: ArchivePlace,
  bucket: Bucket,
  tally: Tally,
  events: EventComparer,
  signs: SignsByInstance,
): Promise<void> {
  const { key, source } = place;
  const { bytes: object, metadata } = await bucket.readObject(key);
  addHeartbeats(metadata.heartbeats ?? '');
  const gunzip = createGunzip();
  let line = 0;
  // What goes wrong with either is thrown by the loop.
  for await (const bytes of readLines(pipeline(Readable.from([object]), gunzip, () => undefined))) {
    line++;
    verifyLine(bytes, line);
  }
  // Behind a zero Node passes over all that follows.
  if (gunzip.bytesWritten !== object.length) throw new Failure('NOT_GZIP');
  if (line === 0) throw new Failure('EMPTY');

  // They count though the lines may be lost, and the reverse.
  function addHeartbeats(text: string): void {
    try {
      for (const { instanceId, first, last } of readHeartbeats(text)) {
        signs.add(source, instanceId, { from: first, to: last });
      }
    } catch (cause) {
      tally.find(place, unreadable(key, null, codeOf(cause)));
    }
  }

  function verifyLine(bytes: Uint8Array, line: number): void {
    try {
      const { eventId, position, instanceId, arrivalTime } = readLine(bytes, place);
      if (instanceId !== null) signs.add(source, instanceId, { from: arrivalTime, to: arrivalTime });
      const comparison = events.compare(positionOf(place, position), eventId, bytes);
      if (comparison === 'first') tally.count(place, 'events');
      else if (comparison !== 'known conflict') tally.find(place, { kind: comparison, key, line, eventId, code: null });
    } catch (cause) {
      tally.find(place, unreadable(key, line, codeOf(cause)));
    }
  }
}

function positionOf({ shardId }: ArchivePlace, sequenceNumber: string): string {
  return `${shardId}-${sequenceNumber}`;
}

function unreadable(key: string, line: number | null, code: string) {
  return { kind: 'unreadable', key, line, eventId: null, code } as const;
}
