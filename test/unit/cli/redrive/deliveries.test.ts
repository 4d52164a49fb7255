import { expect, it } from 'vitest';
import { codeOf } from '../../../../cli/failure.ts';
import { FAILURES_PREFIX, type From, SOURCES } from '../../../../cli/redrive/deliveries.ts';
import { QUARANTINE_REASONS } from '../../../../src/activity.ts';
import { poison } from '../../../../src/errors.ts';
import { quarantineKey } from '../../../../src/sinks/quarantine.ts';
import { createOrigin, errorOf } from '../../../support/activity.ts';

const FAILURE =
  'aws/lambda/7a0c2c3e-58dd-4c1a-9a2e-1f0f8d7d0a11/shardId-000000000003/2026/03/02/2026-03-02T11.00.00-0f8fad5b-d9cb-469f-a165-70867728950e';

it.each(QUARANTINE_REASONS)('the key of a quarantined record has its reason and day: %s', (reason) => {
  const record = { origin: createOrigin(), data: '', delivered: null };
  const key = quarantineKey(record, poison('decode', reason, 'code'), 'audit/poison');

  expect(SOURCES.quarantine.readKey(key, 'audit/poison')).toEqual({ key, day: '2026-03-01', cause: reason });
});

it.each<[From, string]>([
  ['quarantine', 'quarantine/'],
  ['quarantine', 'quarantine/reason=KEY_REJECTED/notes.txt'],
  ['quarantine', 'quarantine/reason=KEY_REJECTED/source=cluster-A/dt=today/shardId-1-1.json'],
  ['failures', 'aws/lambda/'],
  ['failures', FAILURE.replace('/2026/03/02', '')],
  ['failures', `${FAILURE}.txt`],
])('the key of another object is refused: %s %s', (from, key) => {
  expect(SOURCES[from].readKey(key, from === 'quarantine' ? 'quarantine' : FAILURES_PREFIX)).toBeNull();
});

it.each<[From, string, string]>([
  ['quarantine', '{"record":', 'NOT_JSON'],
  ['quarantine', 'null', 'NO_RECORD'],
  ['quarantine', '{}', 'NO_RECORD'],
  ['quarantine', '{"record":{"kinesis":{"sequenceNumber":"1"}}}', 'NO_RECORD'],
  ['quarantine', '{"record":{"eventSourceARN":"arn","kinesis":{}}}', 'NO_RECORD'],
  ['failures', '{"payload":"not JSON"}', 'NOT_JSON'],
  ['failures', '{}', 'NO_RECORD'],
  ['failures', '{"payload":"{}"}', 'NO_RECORD'],
  ['failures', '{"payload":{"Records":[]}}', 'NO_RECORD'],
  ['failures', '{"payload":{"Records":[null]}}', 'NO_RECORD'],
])('an object of the %s without a record is refused: %s', (from, text, code) => {
  expect(codeOf(errorOf(() => SOURCES[from].readBody(text)))).toBe(code);
});

it('a cause that is no word is not shown', () => {
  const record = { eventSourceARN: 'arn', kinesis: { sequenceNumber: '1' } };

  expect(SOURCES.quarantine.readBody(JSON.stringify({ reason: 'a b', record })).cause).toBe('unknown');
});
