import { expect, it } from 'vitest';
import { answer, readRecords } from '../../../src/source/kinesis.ts';
import { createOrigin, readFixture } from '../../support/activity.ts';

const STREAMS = 'arn:aws:kinesis:eu-west-1:111122223333:stream/';
const STREAM = `${STREAMS}aws-rds-das-cluster-ABC`;

function createDelivered(kinesis: object = {}, overrides: object = {}) {
  return {
    eventID: 'shardId-000000000008:42',
    eventSourceARN: STREAM,
    kinesis: { sequenceNumber: '42', data: 'e30=', approximateArrivalTimestamp: 1_644_852_062.679, ...kinesis },
    ...overrides,
  };
}

it('a recorded event of a real stream is read', () => {
  const { records } = JSON.parse(readFixture('kinesis-event-aurora-postgresql-heartbeat'));

  const read = readRecords({ Records: records });

  expect(read).toEqual([
    {
      origin: {
        streamArn: `${STREAMS}aws-rds-das-cluster-5Y24GQVK66OGA7MV4WTNHI3TZY`,
        resourceId: 'cluster-5Y24GQVK66OGA7MV4WTNHI3TZY',
        shardId: 'shardId-000000000008',
        sequenceNumber: '49626413659317686709982053639165744720614222513206984834',
        arrivalTime: '2022-02-14T15:21:02.679Z',
      },
      data: records[0].kinesis.data,
      delivered: records[0],
    },
  ]);
});

it.each([[[]], [['9', '10', '11']]])('the records keep their order: %j', (numbers) => {
  const read = readRecords({ Records: numbers.map((sequenceNumber) => createDelivered({ sequenceNumber })) });

  expect(read.map(({ origin }) => origin.sequenceNumber)).toEqual(numbers);
});

it.each([
  ['a cluster', `${STREAMS}aws-rds-das-cluster-ABC123`, 'cluster-ABC123'],
  ['an instance', `${STREAMS}aws-rds-das-db-ABC123`, 'db-ABC123'],
  ['a cluster whose id holds db', `${STREAMS}aws-rds-das-cluster-db-1`, 'cluster-db-1'],
  ['GovCloud', 'arn:aws-us-gov:kinesis:us-gov-west-1:111122223333:stream/aws-rds-das-cluster-A', 'cluster-A'],
])('the resource id comes from the name of the stream: %s', (_, eventSourceARN, resourceId) => {
  const [record] = readRecords({ Records: [createDelivered({}, { eventSourceARN })] });

  expect(record?.origin).toMatchObject({ streamArn: eventSourceARN, resourceId });
});

it.each([
  ['seconds', 1_644_852_062, '2022-02-14T15:21:02.000Z'],
  ['seconds with a fraction', 1_644_852_062.679, '2022-02-14T15:21:02.679Z'],
  ['seconds with a longer fraction', 1_644_852_062.6796, '2022-02-14T15:21:02.680Z'],
  ['milliseconds', 1_644_852_062_679, '2022-02-14T15:21:02.679Z'],
])('the arrival time is read from %s', (_, approximateArrivalTimestamp, expected) => {
  const [record] = readRecords({ Records: [createDelivered({ approximateArrivalTimestamp })] });

  expect(record?.origin.arrivalTime).toBe(expected);
});

it.each([undefined, null, {}, { Records: {} }, { Records: [null] }, { Records: ['record'] }, [], 'Records'])(
  'an event without records fails the batch: %j',
  (event) => {
    expect(() => readRecords(event)).toThrow(/Records/);
  },
);

it.each([
  ['without an id', ['aws-rds-das-', 'aws-rds-das-cluster-', 'aws-rds-das-db-']],
  ['of another prefix', ['orders', 'my-aws-rds-das-cluster-A', 'AWS-RDS-DAS-CLUSTER-A', 'aws-rds-das-clusters-A']],
  ['with more than an id', ['cluster-A/consumer/x:1', 'cluster-A\n', 'cluster-../x'].map((id) => `aws-rds-das-${id}`)],
])('a stream name %s fails the batch: %j', (_, names) => {
  for (const name of names) {
    const event = { Records: [createDelivered({}, { eventSourceARN: `${STREAMS}${name}` })] };

    expect(() => readRecords(event)).toThrow(/Records\[0\]\.eventSourceARN/);
  }
});

const sqs = 'arn:aws:sqs:eu-west-1:111122223333:aws-rds-das-db-A';
it.each<[string, readonly unknown[]]>([
  ['eventID', [undefined, '42', 'shardId-8:42', '../shardId-000000000008:42']],
  ['eventSourceARN', [undefined, sqs]],
  ['kinesis', [null]],
  ['kinesis.sequenceNumber', [undefined, 42, '4/2', '']],
  ['kinesis.approximateArrivalTimestamp', [undefined, '1644852062', -1, Number.NaN]],
  ['kinesis.data', [undefined]],
])('a record without a good %s fails the batch', (path, values) => {
  const [field = '', inner] = path.split('.');
  for (const value of values) {
    const bad = inner === undefined ? createDelivered({}, { [field]: value }) : createDelivered({ [inner]: value });

    expect(() => readRecords({ Records: [createDelivered(), bad] })).toThrow(`Records[1].${path}`);
  }
});

it('the response names the first record that is not durable, and nothing when all are', () => {
  expect(answer(null)).toEqual({ batchItemFailures: [] });
  expect(answer(createOrigin({ sequenceNumber: '42' }))).toEqual({ batchItemFailures: [{ itemIdentifier: '42' }] });
});
