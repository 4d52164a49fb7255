import { expect, it } from 'vitest';
import { codeOf } from '../../../../cli/failure.ts';
import { wasQuarantinedAgain } from '../../../../cli/redrive/quarantined-again.ts';
import { errorOf } from '../../../support/activity.ts';

const metrics = (...names: readonly string[]) =>
  JSON.stringify({ _aws: { CloudWatchMetrics: [{ Metrics: names.map((Name) => ({ Name, Unit: 'Count' })) }] } });

const QUARANTINED = metrics('RecordsQuarantined');
const ARCHIVED = metrics('EventsArchived');
const LAST = metrics('RecordsReceived', 'EventsReceived');
const START = '{"type":"platform.start"}';
const END = 'REPORT RequestId: 1';

const whole = (...lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));
/** The last 4 KB of a log whose first line is cut somewhere. */
const cut = (...lines: readonly string[]) => Buffer.from(`\n${whole(...lines)}`.padStart(4096, 'x'));

it.each([
  ['has the metric', whole(START, QUARANTINED, LAST, END), true],
  ['has the metric behind the cut', cut(QUARANTINED, LAST, END), true],
  ['has the metric as the only whole one', cut(QUARANTINED), true],
  ['has others', whole(START, ARCHIVED, LAST, END), false],
  ['has others behind the cut', cut(ARCHIVED, LAST, END), false],
  ['is whole, and has the last line alone', whole(START, LAST, END), false],
])('a record was quarantined again as the log shows: it %s', (_what, tail, answer) => {
  expect(wasQuarantinedAgain(tail)).toBe(answer);
});

it.each([
  ['is empty', Buffer.alloc(0)],
  ['has no metrics', whole(START, END)],
  ['has no last line', whole(START, ARCHIVED)],
  ['is cut before the last line', cut(LAST, END)],
  ['has the name in no metric', whole('{"message":"RecordsReceived"}', 'null', '{"_aws":5}')],
])('nothing is guessed where the log does not show it: it %s', (_what, tail) => {
  expect(codeOf(errorOf(() => wasQuarantinedAgain(tail)))).toBe('LOG_UNREADABLE');
});
