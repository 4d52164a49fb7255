import type { ActivityClass } from '../../src/activity.ts';
import type { MessageCount } from '../count-messages.ts';

/** Everything that the page shows of a moment. */
export interface Snapshot {
  readonly run: RunState & {
    /** Records behind the checkpoints, those included that were sent from the page. */
    readonly acknowledged: number;
    readonly givenUp: number;
  };
  readonly classes: readonly ClassCount[];
  /** The last events of the archive, the newest first. */
  readonly latest: readonly LatestEvent[];
  readonly consumers: readonly ConsumerCount[];
  readonly quarantine: QuarantineView;
  /** Milliseconds; null before the first. */
  readonly lag: { readonly latest: number; readonly highest: number } | null;
  readonly archive: { readonly location: string; readonly classes: readonly ArchiveFolder[] };
}

/** How far the run's own records are. */
export interface RunState {
  /** How many the run writes. */
  readonly records: number;
  /** Whether what came out of them was compared with what was put in. */
  readonly accounted: boolean;
  /** What that found. */
  readonly differences: number;
}

export interface ClassCount {
  readonly class: ActivityClass;
  readonly events: number;
  /** Of them, archived within the last minute. */
  readonly lately: number;
}

export interface LatestEvent {
  readonly eventId: string;
  readonly arrivalTime: string;
  readonly class: string;
  readonly action: string | null;
  readonly user: string | null;
  readonly database: string | null;
  readonly objectName: string | null;
}

/** A rule's target. */
export interface ConsumerCount extends MessageCount {
  readonly rule: string;
  readonly queue: string;
}

export interface QuarantineView {
  readonly reasons: readonly { readonly reason: string; readonly records: number }[];
  /** The last ones, the newest first. */
  readonly latest: readonly { readonly reason: string; readonly source: string; readonly key: string }[];
}

/** A class, a source below it, or an hour below that. */
export interface ArchiveFolder {
  readonly name: string;
  readonly events: number;
  readonly objects: number;
  readonly folders: readonly ArchiveFolder[];
  /** Folders that are counted and not shown. */
  readonly hidden: number;
}
