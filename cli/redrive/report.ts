import { printable } from '../printable.ts';
import { type Cell, writeTable } from '../table.ts';
import type { Plan } from './plan.ts';
import type { Outcome } from './redrive.ts';

/** What a run did, for a person to read: the summary, and what is left. */
export function writeReport({ marked }: Plan, outcomes: readonly Outcome[], bucket: string): string {
  const causes = new Set([...marked, ...outcomes].map(nameCause));
  const rows = [...causes].sort().map((cause) => [
    cause,
    ...countRow(
      marked.filter((kept) => nameCause(kept) === cause).length,
      outcomes.filter((outcome) => nameCause(outcome) === cause),
    ),
  ]);
  const advice = new Set(outcomes.map((outcome) => outcome.advice).filter((text) => text !== ''));
  return [
    writeTable(HEAD, [...rows, ['all', ...countRow(marked.length, outcomes)]]),
    ...outcomes.filter(({ state }) => state !== 'redriven').map((outcome) => writeLeft(outcome, bucket)),
    ...[...advice].map(printable),
    '',
  ].join('\n');
}

const HEAD = [
  'reason or condition',
  'found',
  'already redriven',
  'sent',
  'redriven',
  'quarantined again',
  'failed',
] as const;

function nameCause({ cause }: { readonly cause: string | null }): string {
  return cause ?? 'not read';
}

function countRow(marked: number, outcomes: readonly Outcome[]): readonly Cell[] {
  const count = (wanted: Outcome['state']) => outcomes.filter(({ state }) => state === wanted).length;
  return [
    marked + outcomes.length,
    marked,
    outcomes.filter(({ sent }) => sent).length,
    count('redriven'),
    count('quarantined again'),
    count('failed'),
  ];
}

function writeLeft({ key, state, code, target }: Outcome, bucket: string): string {
  const what = target === null ? (code ?? '') : `${target.records} to ${target.functionName}`;
  return printable(`${state}: s3://${bucket}/${key} ${what}`.trimEnd());
}
