import type { ActivityClass, QuarantineReason } from '../../src/activity.ts';

/** What is wrong with a line or an object. */
export interface Finding {
  readonly kind: 'duplicate' | 'conflict' | 'conflictObject' | 'unreadable';
  readonly key: string;
  /** From 1; null where the object as a whole is meant. */
  readonly line: number | null;
  /** Null where it could not be read. */
  readonly eventId: string | null;
  /** Why it is unreadable. */
  readonly code: string | null;
}

/** A class of a source: how many there are of each. */
export interface ArchiveCount {
  readonly class: ActivityClass;
  readonly source: string;
  readonly objects: number;
  /** Distinct event ids. */
  readonly events: number;
  /** Lines that repeat another, to the byte. */
  readonly duplicates: number;
  /** Event ids with different lines. */
  readonly conflicts: number;
  /** Objects that were written beside one of other content. */
  readonly conflictObjects: number;
  /** Lines, and objects where the object as a whole is meant. */
  readonly unreadable: number;
}

export interface QuarantineCount {
  readonly reason: QuarantineReason;
  readonly source: string;
  readonly records: number;
  /** Those of them that were redriven. */
  readonly redriven: number;
}

/** A stretch in which an instance gave no sign of life; times as ISO 8601, UTC. */
export interface Gap {
  readonly source: string;
  readonly instanceId: string;
  readonly from: string;
  readonly to: string;
  readonly minutes: number;
}

/** What `--json` prints. */
export interface Verdict {
  readonly bucket: string;
  readonly day: string;
  /** Whether nothing is wrong. */
  readonly clean: boolean;
  readonly archive: readonly ArchiveCount[];
  readonly quarantine: readonly QuarantineCount[];
  readonly gaps: readonly Gap[];
  /** Sources with an archive, but not of this day: gone, not yet there, or silent. */
  readonly silentSources: readonly string[];
  /** The first thousand; the counts are complete. */
  readonly findings: readonly Finding[];
}

export const MOST_FINDINGS = 1000;

/** Whether nothing is wrong with a day. A day of which nothing at all was archived is not clean. */
export function isClean({ archive, quarantine, gaps }: Omit<Verdict, 'clean'>): boolean {
  return (
    archive.some(({ events }) => events > 0) &&
    archive.every(
      ({ duplicates, conflicts, conflictObjects, unreadable }) =>
        duplicates + conflicts + conflictObjects + unreadable === 0,
    ) &&
    quarantine.every(({ records, redriven }) => records === redriven) &&
    gaps.length === 0
  );
}
