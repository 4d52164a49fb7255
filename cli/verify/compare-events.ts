import { createHash } from 'node:crypto';

/** What a line is beside those before it. */
export type Comparison = 'first' | 'duplicate' | 'conflict' | 'known conflict';

export interface EventComparer {
  /** `position` is that of the event's record: positions sort as text. */
  readonly compare: (position: string, eventId: string, line: Uint8Array) => Comparison;
  /** Forgets the events of earlier records: none of them comes again. */
  readonly forgetBefore: (position: string) => void;
}

interface Seen {
  readonly digest: string;
  conflict: boolean;
}

/** Compares lines with the same event id, byte by byte as far as SHA-256 tells. */
export function createEventComparer(): EventComparer {
  const records = new Map<string, Map<string, Seen>>();
  return {
    compare(position, eventId, line) {
      const seen = records.get(position) ?? new Map<string, Seen>();
      records.set(position, seen);
      const digest = createHash('sha256').update(line).digest('base64');
      const before = seen.get(eventId);
      if (before === undefined) {
        seen.set(eventId, { digest, conflict: false });
        return 'first';
      }
      if (before.digest === digest) return 'duplicate';
      if (before.conflict) return 'known conflict';
      before.conflict = true;
      return 'conflict';
    },
    forgetBefore(position) {
      for (const known of records.keys()) if (known < position) records.delete(known);
    },
  };
}
