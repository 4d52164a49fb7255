import { printable } from '../printable.ts';
import { writeTable } from '../table.ts';
import type { Finding, Verdict } from './verdict.ts';

/** How many findings a person reads; `--json` has more. */
const MOST_SHOWN = 20;

/** What is wrong with a day, for a person to read. */
export function writeVerdict({ bucket, day, clean, ...verdict }: Verdict): string {
  const { archive, quarantine, gaps, silentSources, findings } = verdict;
  return [
    `The archive of ${day} in s3://${bucket}`,
    writeTable(
      ['source', 'class', 'objects', 'events', 'duplicates', 'conflicts', 'conflict objects', 'unreadable'],
      archive.map((row) => [
        row.source,
        row.class,
        row.objects,
        row.events,
        row.duplicates,
        row.conflicts,
        row.conflictObjects,
        row.unreadable,
      ]),
    ),
    ...(archive.length === 0 ? ['Nothing was archived on this day.'] : []),
    ...(silentSources.length === 0 ? [] : [`Nothing of this day from: ${silentSources.join(', ')}`]),
    ...section(
      'Quarantine',
      ['reason', 'source', 'records', 'redriven', 'left'],
      quarantine.map(({ reason, source, records, redriven }) => [
        reason,
        source,
        records,
        redriven,
        records - redriven,
      ]),
    ),
    ...section(
      'Gaps in the heartbeat',
      ['source', 'instance', 'from', 'to', 'minutes'],
      gaps.map(({ source, instanceId, from, to, minutes }) => [source, instanceId, from, to, minutes]),
    ),
    ...findings.slice(0, MOST_SHOWN).map((finding) => printable(writeFinding(finding, bucket))),
    ...(findings.length > MOST_SHOWN ? ['There are more findings: --json lists them.'] : []),
    clean ? 'Nothing is wrong.' : 'Something is wrong with this day.',
    '',
  ].join('\n');
}

function section(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]) {
  return rows.length === 0 ? [] : [title, writeTable(head, rows)];
}

const WORDS: Readonly<Record<Finding['kind'], string>> = {
  duplicate: 'duplicate',
  conflict: 'conflict',
  conflictObject: 'conflict object',
  unreadable: 'unreadable',
};

function writeFinding({ kind, key, line, eventId, code }: Finding, bucket: string): string {
  const place = `s3://${bucket}/${key}${line === null ? '' : ` line ${line}`}`;
  return [`${WORDS[kind]}:`, place, ...(eventId === null ? [] : [eventId]), ...(code === null ? [] : [code])].join(' ');
}
