import { expect, it } from 'vitest';
import { codeOf } from '../../../../cli/failure.ts';
import { wasQuarantinedAgain } from '../../../../cli/redrive/quarantined-again.ts';

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

const answerOf = (tail: Buffer) => {
  try {
    return wasQuarantinedAgain(tail);
  } catch (cause) {
    return codeOf(cause);
  }
};

it.each([
  ['has the metric', whole(START, QUARANTINED, LAST, END), true],
  ['has the metric behind the cut', cut(QUARANTINED, LAST, END), true],
  ['has the metric as the only whole one', cut(QUARANTINED), true],
  ['has others', whole(START, ARCHIVED, LAST, END), false],
  ['has others behind the cut', cut(ARCHIVED, LAST, END), false],
  ['is whole, and has the last line alone', whole(START, LAST, END), false],
  ['is empty', Buffer.alloc(0), 'LOG_UNREADABLE'],
  ['has no metrics', whole(START, END), 'LOG_UNREADABLE'],
  ['has no last line', whole(START, ARCHIVED), 'LOG_UNREADABLE'],
  ['is cut before the last line', cut(LAST, END), 'LOG_UNREADABLE'],
  ['has the name in no metric', whole('{"message":"RecordsReceived"}', 'null', '{"_aws":5}'), 'LOG_UNREADABLE'],
])('a record was quarantined again as the log tells, and nothing is guessed: it %s', (_what, tail, answer) => {
  expect(answerOf(tail)).toBe(answer);
});
