import { ACTIVITY_CLASSES, type ActivityClass } from '../../src/activity.ts';
import type { ArchiveFolder, ClassCount, LatestEvent } from './snapshot.ts';

/** What the page keeps of an object of the archive. */
export interface ArchivedObject {
  readonly class: ActivityClass;
  readonly source: string;
  /** By arrival, UTC, as in `2026-03-01T12`. */
  readonly hour: string;
  readonly events: number;
  /** When it was written, milliseconds since 1970. */
  readonly written: number;
}

const LATELY_MS = 60_000;
const MOST_LATEST = 10;
const MOST_CHARACTERS = 120;

/** Events by class: every class, in the contract's order. */
export function countByClass(objects: readonly ArchivedObject[], now: number): readonly ClassCount[] {
  const byClass = Map.groupBy(objects, (object) => object.class);
  return ACTIVITY_CLASSES.map((name) => {
    const members = byClass.get(name) ?? [];
    return {
      class: name,
      events: countEvents(members),
      lately: countEvents(members.filter(({ written }) => written > now - LATELY_MS)),
    };
  });
}

/** Each level of the tree as keys have it, and of a folder how many below it are shown: only hours become more and more. */
const LEVELS: readonly { readonly nameOf: (object: ArchivedObject) => string; readonly shown: number }[] = [
  { nameOf: (object) => `class=${object.class}`, shown: Number.POSITIVE_INFINITY },
  { nameOf: ({ source }) => `source=${source}`, shown: Number.POSITIVE_INFINITY },
  { nameOf: ({ hour }) => `dt=${hour.replace('T', '/hour=')}`, shown: 24 },
];

/** The archive as folders: class, source, hour; of a source's hours the last ones. */
export function buildTree(objects: readonly ArchivedObject[]): readonly ArchiveFolder[] {
  return toFolders(objects, LEVELS);
}

function toFolders(objects: readonly ArchivedObject[], [level, ...below]: typeof LEVELS): readonly ArchiveFolder[] {
  if (level === undefined) return [];
  return [...Map.groupBy(objects, level.nameOf)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, members]) => {
      const folders = toFolders(members, below);
      const shown = folders.slice(-(below[0]?.shown ?? 0));
      return {
        name,
        events: countEvents(members),
        objects: members.length,
        folders: shown,
        hidden: folders.length - shown.length,
      };
    });
}

function countEvents(objects: readonly ArchivedObject[]): number {
  return objects.reduce((sum, { events }) => sum + events, 0);
}

/** The newest of events by arrival, the newest first. Of those that arrived together the order is that of their ids. */
export function keepLatest(events: readonly LatestEvent[]): readonly LatestEvent[] {
  return events
    .toSorted((one, other) => (orderOf(one) < orderOf(other) ? 1 : -1))
    .slice(0, MOST_LATEST)
    .map(({ eventId, arrivalTime, class: name, action, user, database, objectName }) => ({
      eventId,
      arrivalTime,
      class: name,
      action: shorten(action),
      user: shorten(user),
      database: shorten(database),
      objectName: shorten(objectName),
    }));
}

function orderOf({ arrivalTime, eventId }: LatestEvent): string {
  return `${arrivalTime} ${eventId}`;
}

/** What a client wrote may be as long as a record. */
export function shorten<Text extends string | null>(text: Text): Text | string {
  return text === null || text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
