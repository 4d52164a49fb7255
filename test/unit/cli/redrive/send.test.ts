import { beforeEach, expect, it, vi } from 'vitest';
import { codeOf, Failure } from '../../../../cli/failure.ts';
import type { DeliveredRecord } from '../../../../cli/redrive/deliveries.ts';
import { countDurable, sendRecords } from '../../../../cli/redrive/send.ts';
import { errorOf } from '../../../support/activity.ts';

const RECORDS = ['1', '2', '3'].map(
  (sequenceNumber): DeliveredRecord => ({ eventSourceARN: 'arn', kinesis: { sequenceNumber } }),
);
const from = (...identifiers: readonly string[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** Sends to a function that gives these answers, the last one for ever; returns what it was handed, and how that ended. */
async function send(...answers: readonly unknown[]) {
  const handed: string[] = [];
  const sent = sendRecords(RECORDS, async (records) => {
    const response = answers[Math.min(handed.length, answers.length - 1)];
    handed.push(records.map(({ kinesis }) => kinesis.sequenceNumber).join(''));
    if (response instanceof Error) throw response;
    return { response, logTail: Buffer.from(String(handed.length)) };
  });
  const ended = sent.then((logTail) => Buffer.from(logTail).toString(), codeOf);
  await vi.runAllTimersAsync();
  return { handed, ended: await ended };
}

it.each<[string, readonly unknown[], readonly string[], string]>([
  ['once where all are durable', [from()], ['123'], '1'],
  ['from the one named on', [from('2'), from('3'), from()], ['123', '23', '3'], '3'],
  [
    'with a fresh budget after progress',
    [from('1'), from('1'), from('1'), from('2'), from('2'), from('2'), from('2'), from()],
    ['123', '123', '123', '123', '23', '23', '23', '23'],
    '8',
  ],
  ['four times at most without progress', [from('1')], ['123', '123', '123', '123'], 'NOT_DURABLE'],
  ['once where the function fails', [new Failure('FUNCTION_ERROR')], ['123'], 'FUNCTION_ERROR'],
  ['once where the answer is none', [null], ['123'], 'ANSWER_INVALID'],
  ['once where Lambda refuses', [Object.assign(new Error(), { name: 'AccessDenied' })], ['123'], 'AccessDenied'],
])('records are handed to the function %s', async (_what, answers, handed, ended) => {
  expect(await send(...answers)).toEqual({ handed, ended });
});

it('the first of several failures holds an answer back', () => {
  expect(countDurable(from('3', '2'), RECORDS)).toBe(1);
});

it.each([
  undefined,
  {},
  { batchItemFailures: 'none' },
  { batchItemFailures: [null] },
  { batchItemFailures: [{}] },
  from(''),
  from('4'),
])('an answer that is not of the function acknowledges nothing: %j', (response) => {
  expect(codeOf(errorOf(() => countDurable(response, RECORDS)))).toBe('ANSWER_INVALID');
});
