import { expect, it } from 'vitest';
import { findDifferences, type PutRecord } from '../../../local/accounts.ts';
import type { BusEvent, Outcome } from '../../../local/outcome.ts';

const RULES = [
  { name: 'DdlRule', eventBusName: 'bus', eventPattern: { 'detail-type': ['Database Activity DDL'] }, targets: [] },
];
const SHARD = { resourceId: 'cluster-A', shardId: 'shard' };
const record = (sequenceNumber: string, fate: PutRecord['fate']): PutRecord => {
  return { ...SHARD, sequenceNumber, data: Buffer.from(sequenceNumber), fate };
};
const PUBLISHED = { publishClasses: new Set(['DDL'] as const), publishAuxiliary: false };
const PUT = [
  record('1', [{ kind: 'archived', class: 'DDL', auxiliary: false }, { kind: 'heartbeat' }]),
  record('2', [
    { kind: 'archived', class: 'DQL', auxiliary: false },
    { kind: 'dropped', rule: 'service-users' },
  ]),
  record('3', 'DECRYPT_FAILED'),
];

const line = (name: string, eventId: string) =>
  ({ class: name, eventId, key: `activity/class=${name}/x` }) as Outcome['archive'][number];
const event = (eventId: string) => ({ detail: { metadata: { eventId } } }) as BusEvent;
const poison = (data: string) =>
  ({ reason: 'DECRYPT_FAILED', record: { kinesis: { sequenceNumber: '3', data } } }) as Outcome['quarantine'][number];

const EVENTS = [event('cluster-A/shard/1/0')];
const RIGHT: Outcome = {
  archive: [line('DDL', 'cluster-A/shard/1/0'), line('DQL', 'cluster-A/shard/2/0')],
  quarantine: [poison(Buffer.from('3').toString('base64'))],
  consumers: new Map([['DdlRule', EVENTS]]),
  metrics: new Map(Object.entries({ HeartbeatsReceived: 1, 'EventsDropped/service-users': 1 })),
  calls: new Map(),
  environments: 1,
  discarded: [],
};

it('finds no difference where all is accounted for', () => {
  expect(findDifferences(PUT, RIGHT, RULES, PUBLISHED)).toEqual([]);
});

it.each<[string, Partial<Outcome>]>([
  ['a lost line', { archive: RIGHT.archive.slice(1) }],
  ['a line twice', { archive: [...RIGHT.archive, ...RIGHT.archive.slice(1)] }],
  ['a line of another class', { archive: [line('DML', 'cluster-A/shard/1/0'), ...RIGHT.archive.slice(1)] }],
  ['a heartbeat in the archive', { archive: [...RIGHT.archive, line('UNKNOWN', 'cluster-A/shard/1/1')] }],
  ['a lost poison record', { quarantine: [] }],
  ['a poison record with other bytes', { quarantine: [poison('AAAA')] }],
  ['an event that reached no consumer', { consumers: new Map([['DdlRule', []]]) }],
  ['a foreign event at a consumer', { consumers: new Map([['DdlRule', [...EVENTS, event('cluster-A/shard/2/0')]]]) }],
  ['a drop that was not counted', { metrics: new Map([['HeartbeatsReceived', 1]]) }],
  ['a heartbeat that was not counted', { metrics: new Map([['EventsDropped/service-users', 1]]) }],
  ['a record that was given up', { discarded: ['cluster-A/9'] }],
])('finds %s', (_name, wrong) => {
  expect(findDifferences(PUT, { ...RIGHT, ...wrong }, RULES, PUBLISHED)).not.toEqual([]);
});
