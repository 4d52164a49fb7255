import { createHash } from 'node:crypto';

/** What a line is beside those before it. */
export type Comparison = 'first' | 'duplicate' | 'conflict' | 'known conflict';

export interface EventComparer {
  readonly compare: (eventId: string, line: Uint8Array) => Comparison;
  /** Forgets everything: no later line can have an event id of an earlier one. */
  readonly forget: () => void;
}

interface Seen {
  readonly digest: string;
  conflict: boolean;
}

/** Compares lines with the same event id, byte by byte as far as SHA-256 tells. */
export function createEventComparer(): EventComparer {
  const seen = new Map<string, Seen>();
  return {
    compare(eventId, line) {
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
    forget: () => seen.clear(),
  };
}
