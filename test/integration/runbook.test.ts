import { beforeAll, expect, it } from 'vitest';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamArn } from '../../local/deployment.ts';
import { type EventRecord, toEventRecord } from '../../local/mapping/event-records.ts';
import { openAthena, type RunQuery } from '../support/athena.ts';
import { DURABLE, readArchive, sequenceNumber } from '../support/batch.ts';
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

const at = (time: string) => `${DAY}T${time}:00.000Z`;
const PLACED = { source: A, shard: SHARD_0, instance: 'db-1', user: 'alice' };
const BOB = { instance: 'db-2', user: 'bob' };

/** A record in a stream: when it arrived, where, and its events. */
const put = (time: string, position: number, events: readonly object[], others: Partial<typeof PLACED> = {}) => ({
  ...{ ...PLACED, ...others },
  at: at(time),
  position,
  events,
});
type Put = ReturnType<typeof put>;

// Two minutes after noon a poison record, then half an hour in which nothing arrived.
const FIRST = [put('12:00', 0, [CREATE]), put('12:01', 1, [INSERT, SELECT])];
const REST = [put('12:02', POISON, []), put('12:03', 3, [INSERT], BOB), put('12:40', 4, [INSERT], BOB)];
const OTHERS = [
  put('12:05', 5, [SELECT], { shard: SHARD_1 }),
  put('09:00', 6, [SELECT], { source: B, instance: 'db-3', user: 'carol' }),
  // Of another day: a query that does not choose the day shows it.
  { ...put('', 0, [CREATE, INSERT, SELECT]), at: '2026-02-01T12:00:00.000Z' },
];

let wire: Wire;
let query: RunQuery;

async function seal({ at, position, events, source, shard, instance, user }: Put): Promise<EventRecord> {
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
  // A function that crashed before its response: the first two come again, in a batch cut otherwise.
  for (const batch of [FIRST, [...FIRST, ...REST], ...OTHERS.map((put) => [put])]) {
    expect(await lambda.invoke({ Records: await Promise.all(batch.map(seal)) })).toEqual(DURABLE);
  }
  query = openAthena(await readArchive(wire));
  return wire.close;
});

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
  since: at('12:02'),
  until: at('13:00'),
};

type Cells = readonly (string | number)[];

const idOf = (position: number) => `${A}/${SHARD_0}/${sequenceNumber(position)}/0`;
const toRows = (columns: string, rows: readonly Cells[]) =>
  rows.map((row) => Object.fromEntries(columns.split(' ').map((column, index) => [column, row[index]])));
const answer = (heading: string, columns: string, rows: readonly Cells[]) => ({ heading, rows: toRows(columns, rows) });

/** The article of each query, in their order, and its rows: written by hand from what was put in. */
const ANSWERS = [
  answer('No heartbeat', 'source instanceid last_arrival events', [
    [B, 'db-3', at('09:00'), 1],
    [A, 'db-1', at('12:05'), 7],
    [A, 'db-2', at('12:40'), 2],
  ]),
  answer('Silent stream', 'shardid instanceid last_arrival', [
    [SHARD_0, 'db-1', at('12:01')],
    [SHARD_1, 'db-1', at('12:05')],
    [SHARD_0, 'db-2', at('12:40')],
  ]),
  answer('Iterator age', 'source shardid archived_up_to', [
    [B, SHARD_0, at('09:00')],
    [A, SHARD_1, at('12:05')],
    [A, SHARD_0, at('12:40')],
  ]),
  answer('Iterator age', 'source instanceid user class events', [
    [A, 'db-1', 'alice', 'DQL', 2],
    [A, 'db-2', 'bob', 'DML', 2],
    [A, 'db-1', 'alice', 'DDL', 1],
    [A, 'db-1', 'alice', 'DML', 1],
  ]),
  answer('Errors', 'source hour copies', [[A, '12', 3]]),
  answer('Failed records', 'class events first_arrival last_arrival', [['DML', 2, at('12:03'), at('12:40')]]),
  answer('Quarantine', 'arrivaltime sequencenumber instanceid engine user class action', [
    [at('12:01'), sequenceNumber(1), 'db-1', 'aurora-postgresql', 'alice', 'DQL', 'SELECT'],
    [at('12:01'), sequenceNumber(1), 'db-1', 'aurora-postgresql', 'alice', 'DML', 'INSERT'],
    [at('12:00'), sequenceNumber(0), 'db-1', 'aurora-postgresql', 'alice', 'DDL', 'CREATE TABLE'],
  ]),
  answer('On-failure deliveries', 'class lines events', [
    ['DML', 3, 2],
    ['DQL', 2, 1],
  ]),
  answer('Lost events', 'shardid ten_minutes events', [
    [SHARD_0, `${DAY}T12:00`, 4],
    [SHARD_0, `${DAY}T12:40`, 1],
    [SHARD_1, `${DAY}T12:00`, 1],
  ]),
  answer('Dead-letter queue', 'eventid time class action user objectname', [
    [idOf(3), `${DAY}T12:03:00.000000Z`, 'DML', 'INSERT', 'bob', 't'],
    [idOf(4), `${DAY}T12:40:00.000000Z`, 'DML', 'INSERT', 'bob', 't'],
  ]),
];

const QUERIES = blocksOf(readDocument('docs/runbook.md')).filter(({ language }) => language === 'sql');

it('every query of the runbook for Athena has its rows here', () => {
  expect(QUERIES).toHaveLength(ANSWERS.length);
});

it.each(QUERIES.map((block, index) => ({ ...block, index })))(
  'query $index of the runbook, $heading, chooses the day and returns what was put in',
  ({ heading, text, index }) => {
    expect(text).toMatch(/\bWHERE dt (=|>=) '<day>'/);
    expect({ heading, rows: query(fillIn(text, VALUES)) }).toEqual(ANSWERS[index]);
  },
);

it('the query of docs/deploying.md counts each event once', () => {
  const [, text = ''] = /"(SELECT [^"]*)"/.exec(readDocument('docs/deploying.md')) ?? [];
  const today = text.replace('das_router_dev', 'das_router_test').replace(/\d{4}-\d\d-\d\d/, DAY);

  const rows = Object.entries({ DDL: 1, DML: 3, DQL: 3 });
  expect(query(today)).toEqual(toRows('class events', rows));
});
