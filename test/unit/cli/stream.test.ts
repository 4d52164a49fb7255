import { describe, expect, it } from 'vitest';
import { readStream, regionOf } from '../../../cli/stream.ts';

describe('a stream', () => {
  it.each([
    ['aws-rds-das-cluster-ABC', 'cluster-ABC'],
    ['aws-rds-das-db-ABC', 'db-ABC'],
  ])('is read by its name: %s', (name, resourceId) => {
    const stream = readStream(name);

    expect(stream).toEqual({ name, arn: null, resourceId });
    expect(regionOf(stream)).toBeUndefined();
  });

  it('is read by its ARN, which says its Region', () => {
    const arn = 'arn:aws-cn:kinesis:cn-north-1:111122223333:stream/aws-rds-das-cluster-ABC';

    const stream = readStream(arn);

    expect(stream).toEqual({ name: 'aws-rds-das-cluster-ABC', arn, resourceId: 'cluster-ABC' });
    expect(regionOf(stream)).toBe('cn-north-1');
  });

  it.each([
    '',
    'orders',
    'aws-rds-das-',
    'aws-rds-das-table-ABC',
    'aws-rds-das-cluster-A/B',
    'arn:aws:kinesis:eu-west-1:111122223333:stream/orders',
    'arn:aws:sqs:eu-west-1:111122223333:aws-rds-das-cluster-ABC',
  ])('that is no Database Activity Stream is refused: %s', (text) => {
    expect(() => readStream(text)).toThrow('it may hold `aws-rds-das-cluster-…`');
  });
});
