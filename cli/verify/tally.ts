import type { ArchiveCount, Finding } from './verdict.ts';

type Folder = Pick<ArchiveCount, 'class' | 'source'>;
type Count = 'objects' | 'events' | 'duplicates' | 'conflicts' | 'conflictObjects' | 'unreadable';
type Counts = { -readonly [Key in keyof ArchiveCount]: ArchiveCount[Key] };

const COUNT_OF: Readonly<Record<Finding['kind'], Count>> = {
  duplicate: 'duplicates',
  conflict: 'conflicts',
  conflictObject: 'conflictObjects',
  unreadable: 'unreadable',
};

export interface Tally {
  readonly count: (folder: Folder, what: 'objects' | 'events') => void;
  readonly find: (folder: Folder, finding: Finding) => void;
  /** In the order of sources and classes. */
  readonly counts: () => readonly ArchiveCount[];
  /** In the order of keys and lines. */
  readonly findings: () => readonly Finding[];
}

function placeOf({ key, line }: Finding): string {
  return `${key} ${String(line ?? 0).padStart(12, '0')}`;
}

/** Counts everything, and keeps the first `most` findings. */
export function createTally(most: number): Tally {
  const folders = new Map<string, Counts>();
  const findings: Finding[] = [];

  function countsOf(folder: Folder): Counts {
    const name = `${folder.source} ${folder.class}`;
    const counts = folders.get(name) ?? {
      class: folder.class,
      source: folder.source,
      objects: 0,
      events: 0,
      duplicates: 0,
      conflicts: 0,
      conflictObjects: 0,
      unreadable: 0,
    };
    folders.set(name, counts);
    return counts;
  }

  return {
    count(folder, what) {
      countsOf(folder)[what]++;
    },
    find(folder, finding) {
      countsOf(folder)[COUNT_OF[finding.kind]]++;
      if (findings.length < most) findings.push(finding);
    },
    counts: () => [...folders].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, counts]) => counts),
    findings: () => findings.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1)),
  };
}
