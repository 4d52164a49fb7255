import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../../cli/failure.ts';
import { wasQuarantinedAgain } from '../../../../cli/redrive/quarantined-again.ts';
import { errorOf } from '../../../support/activity.ts';

const TAIL_BYTES = 4096;

function metrics(...names: readonly string[]): string {
  const Metrics = names.map((Name) => ({ Name, Unit: 'Count' }));
  const _aws = { CloudWatchMetrics: [{ Namespace: 'DasRouter', Dimensions: [['service']], Metrics }] };
  return JSON.stringify({ _aws, ...Object.fromEntries(names.map((name) => [name, 1])) });
}

const QUARANTINED = metrics('RecordsQuarantined');
const ARCHIVED = metrics('EventsArchived');
const LAST = metrics('RecordsReceived', 'EventsReceived');
const START = '{"type":"platform.start"}';
const END = 'REPORT RequestId: 1';

/** The last 4 KB of a log whose first line is cut somewhere. */
function cut(...lines: readonly string[]): Buffer {
  const rest = Buffer.from(`\n${lines.join('\n')}\n`);
  return Buffer.concat([Buffer.alloc(TAIL_BYTES - rest.length, 'x'), rest]);
}

const whole = (...lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

describe('whether a record was quarantined again', () => {
  it.each([
    ['the metric is there', whole(START, QUARANTINED, LAST, END), true],
    ['the metric is there behind the cut', cut(QUARANTINED, LAST, END), true],
    ['the metric is the only whole one', cut(QUARANTINED), true],
    ['others are there', whole(START, ARCHIVED, LAST, END), false],
    ['others are there behind the cut', cut(ARCHIVED, LAST, END), false],
    ['the last line alone is there, and the log is whole', whole(START, LAST, END), false],
  ])('is told by the log: %s', (_what, tail, again) => {
    expect(wasQuarantinedAgain(tail)).toBe(again);
  });

  it.each([
    ['it is empty', Buffer.alloc(0)],
    ['it has no metrics', whole(START, END)],
    ['it has no last line', whole(START, ARCHIVED)],
    ['all before the last line is cut off', cut(LAST, END)],
    ['the name stands in no metric', whole('{"message":"RecordsReceived"}', 'RecordsReceived', 'null', '{"_aws":5}')],
  ])('is not guessed where the log does not tell: %s', (_what, tail) => {
    expect(codeOf(errorOf(() => wasQuarantinedAgain(tail)))).toBe('LOG_UNREADABLE');
  });
});
