import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamArn } from '../../local/deployment.ts';
import { type EventRecord, toEventRecord } from '../../local/mapping/event-records.ts';
import { openAthena, type RunQuery } from '../support/athena.ts';
import { readArchive, sequenceNumber } from '../support/batch.ts';
import { blocksOf, fillIn, readDocument } from '../support/documents.ts';
import { PLACE } from '../support/stack.ts';
import { startWire, type Wire } from '../support/wire.ts';

const DAY = '2026-03-01';
const [A, B] = ['cluster-A', 'cluster-B'];
const [SHARD_0, SHARD_1] = ['shardId-000000000000', 'shardId-000000000001'];
/** Its record can never be read. */
const POISON = 2;

const CREATE = { class: 'DDL', command: 'CREATE TABLE', commandText: 'CREATE TABLE t (a int)', objectName: 't' };
const INSERT = { class: 'WRITE', command: 'INSERT', commandText: 'INSERT INTO t VALUES (1)', objectName: 't' };
const SELECT = { class: 'READ', command: 'SELECT', commandText: 'SELECT a FROM t', objectName: 't' };

/** A record as it lies in a stream: when it came, and what its events are. */
interface Put {
  readonly at: string;
  readonly position: number;
  readonly instance?: string;
  readonly user?: string;
  readonly source?: string;
  readonly shard?: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

// Two minutes after noon a poison record, then half an hour in which nothing came.
const FIRST: readonly Put[] = [
  { at: `${DAY}T12:00:00.000Z`, position: 0, events: [CREATE] },
  { at: `${DAY}T12:01:00.000Z`, position: 1, events: [INSERT, SELECT] },
];
const REST: readonly Put[] = [
  { at: `${DAY}T12:02:00.000Z`, position: POISON, events: [] },
  { at: `${DAY}T12:03:00.000Z`, position: 3, instance: 'db-2', user: 'bob', events: [INSERT] },
  { at: `${DAY}T12:40:00.000Z`, position: 4, instance: 'db-2', user: 'bob', events: [INSERT] },
];
const OTHERS: readonly Put[] = [
  { at: `${DAY}T12:05:00.000Z`, position: 5, shard: SHARD_1, events: [SELECT] },
  { at: `${DAY}T09:00:00.000Z`, position: 6, source: B, instance: 'db-3', user: 'carol', events: [SELECT] },
  // Like the others, but of another day: a query that says no day shows it.
  { at: '2026-02-01T12:00:00.000Z', position: 0, events: [CREATE, INSERT, SELECT] },
];

let wire: Wire;
let query: RunQuery;

async function seal({ at, position, events, ...put }: Put): Promise<EventRecord> {
  const { source = A, shard = SHARD_0, instance = 'db-1', user = 'alice' } = put;
  const written = events.map((fields) => ({
    type: 'record',
    serverType: 'PostgreSQL',
    dbUserName: user,
    databaseName: 'payroll',
    logTime: at.replace('T', ' ').replace('.000Z', '+00'),
    ...fields,
  }));
  const dataKey = await wire.generateDataKey(source);
  const sealed = await sealRecord(innerRecord(source, instance, written), 'aurora-postgresql', dataKey);
  return toEventRecord(
    {
      Data: events.length === 0 ? Buffer.from('no record') : sealed,
      PartitionKey: 'partition',
      SequenceNumber: sequenceNumber(position),
      ApproximateArrivalTimestamp: new Date(at),
    },
    { streamArn: streamArn(source), shardId: shard },
  );
}

beforeAll(async () => {
  wire = await startWire();
  const lambda = wire.startFunction();
  const deliver = async (...batch: readonly Put[]) => {
    const answer = await lambda.invoke({ Records: await Promise.all(batch.map(seal)) });
    expect(answer).toEqual({ batchItemFailures: [] });
  };
  // Whoever crashed before the answer: the first two come again, in a batch cut otherwise.
  await deliver(...FIRST);
  await deliver(...FIRST, ...REST);
  for (const put of OTHERS) await deliver(put);
  query = openAthena(await readArchive(wire));
});
afterAll(() => wire.close());

/** What an operator puts in the place of `<…>`. */
const VALUES = {
  stage: PLACE.stage,
  day: DAY,
  hour: '12',
  resourceId: A,
  shardId: SHARD_0,
  sequenceNumber: sequenceNumber(POISON),
  startSequenceNumber: sequenceNumber(1),
  endSequenceNumber: sequenceNumber(3),
  class: 'DML',
  since: `${DAY}T12:02:00.000Z`,
  until: `${DAY}T13:00:00.000Z`,
};

const at = (time: string) => `${DAY}T${time}:00.000Z`;
const idOf = (position: number, index = 0) => `${A}/${SHARD_0}/${sequenceNumber(position)}/${index}`;

/** The rows of each article's queries, in their order: written by hand from what was put in. */
const ANSWERS: Readonly<Record<string, readonly (readonly Readonly<Record<string, unknown>>[])[]>> = {
  'No heartbeat': [
    [
      { source: B, instanceid: 'db-3', last_arrival: at('09:00'), events: 1 },
      { source: A, instanceid: 'db-1', last_arrival: at('12:05'), events: 7 },
      { source: A, instanceid: 'db-2', last_arrival: at('12:40'), events: 2 },
    ],
  ],
  'Silent stream': [
    [
      { shardid: SHARD_0, instanceid: 'db-1', last_arrival: at('12:01') },
      { shardid: SHARD_1, instanceid: 'db-1', last_arrival: at('12:05') },
      { shardid: SHARD_0, instanceid: 'db-2', last_arrival: at('12:40') },
    ],
  ],
  'Iterator age': [
    [
      { source: B, shardid: SHARD_0, archived_up_to: at('09:00') },
      { source: A, shardid: SHARD_1, archived_up_to: at('12:05') },
      { source: A, shardid: SHARD_0, archived_up_to: at('12:40') },
    ],
    [
      { source: A, instanceid: 'db-1', user: 'alice', class: 'DQL', events: 2 },
      { source: A, instanceid: 'db-2', user: 'bob', class: 'DML', events: 2 },
      { source: A, instanceid: 'db-1', user: 'alice', class: 'DDL', events: 1 },
      { source: A, instanceid: 'db-1', user: 'alice', class: 'DML', events: 1 },
    ],
  ],
  Errors: [[{ source: A, hour: '12', copies: 3 }]],
  'Failed records': [[{ class: 'DML', events: 2, first_arrival: at('12:03'), last_arrival: at('12:40') }]],
  Quarantine: [
    [
      { position: 1, class: 'DQL', action: 'SELECT', time: '12:01' },
      { position: 1, class: 'DML', action: 'INSERT', time: '12:01' },
      { position: 0, class: 'DDL', action: 'CREATE TABLE', time: '12:00' },
    ].map(({ position, time, ...others }) => ({
      arrivaltime: at(time),
      sequencenumber: sequenceNumber(position),
      instanceid: 'db-1',
      engine: 'aurora-postgresql',
      user: 'alice',
      ...others,
    })),
  ],
  'On-failure deliveries': [
    [
      { class: 'DML', lines: 3, events: 2 },
      { class: 'DQL', lines: 2, events: 1 },
    ],
  ],
  'Lost events': [
    [
      { shardid: SHARD_0, ten_minutes: `${DAY}T12:00`, events: 4 },
      { shardid: SHARD_0, ten_minutes: `${DAY}T12:40`, events: 1 },
      { shardid: SHARD_1, ten_minutes: `${DAY}T12:00`, events: 1 },
    ],
  ],
  'Dead-letter queue': [
    [
      { position: 3, time: `${DAY}T12:03:00.000000Z` },
      { position: 4, time: `${DAY}T12:40:00.000000Z` },
    ].map(({ position, time }) => ({
      eventid: idOf(position),
      time,
      class: 'DML',
      action: 'INSERT',
      user: 'bob',
      objectname: 't',
    })),
  ],
};

const QUERIES = blocksOf(readDocument('docs/runbook.md')).filter(({ language }) => language === 'sql');

describe('a query of the runbook for Athena', () => {
  it('has an answer here, and no answer is without its query', () => {
    const written = Map.groupBy(QUERIES, ({ heading }) => heading);

    expect(Object.fromEntries([...written].map(([heading, { length }]) => [heading, length]))).toEqual(
      Object.fromEntries(Object.entries(ANSWERS).map(([heading, { length }]) => [heading, length])),
    );
  });

  it.each(
    Object.entries(ANSWERS).flatMap(([heading, answers]) => answers.map((rows, index) => ({ heading, rows, index }))),
  )('answers what was put in: $heading, $index', ({ heading, rows, index }) => {
    const { text } = QUERIES.filter((block) => block.heading === heading)[index] ?? { text: '' };

    expect(query(fillIn(text, VALUES))).toEqual(rows);
  });

  it.each(QUERIES)('chooses by day what is read: $heading', ({ text }) => {
    expect(text).toMatch(/\bWHERE dt (=|>=) '<day>'/);
  });
});

it('the query of docs/deploying.md counts each event once', () => {
  const [, text = ''] = /"(SELECT [^"]*)"/.exec(readDocument('docs/deploying.md')) ?? [];
  const today = text.replace('das_router_dev', 'das_router_test').replace(/\d{4}-\d\d-\d\d/, DAY);

  expect(query(today)).toEqual([
    { class: 'DDL', events: 1 },
    { class: 'DML', events: 3 },
    { class: 'DQL', events: 3 },
  ]);
});
