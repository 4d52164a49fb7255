import { readResourceId } from '../src/source/kinesis.ts';

/** The Kinesis stream of a Database Activity Stream. */
export interface DatabaseStream {
  readonly name: string;
  /** Null where only its name was given. */
  readonly arn: string | null;
  /** `cluster-…` or `db-…`, out of its name. */
  readonly resourceId: string;
}

/** Reads the name or the ARN of a stream. */
export function readStream(text: string): DatabaseStream {
  const isArn = text.startsWith('arn:');
  // Region and account are not looked at.
  const resourceId = readResourceId(isArn ? text : `arn:aws:kinesis:region:000000000000:stream/${text}`);
  if (resourceId === null) throw new Error('it may hold `aws-rds-das-cluster-…` or `aws-rds-das-db-…`, or its ARN');
  return { name: text.slice(text.indexOf('/') + 1), arn: isArn ? text : null, resourceId };
}

/** Where a stream is; undefined leaves it to the AWS SDK. */
export function regionOf({ arn }: Pick<DatabaseStream, 'arn'>): string | undefined {
  return arn?.split(':')[3];
}
