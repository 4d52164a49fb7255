import { arnOf, type Resources } from './cloudformation.ts';
import { mappingId, type Parameters } from './parameters.ts';

/** The most that Lambda takes: it is the age that ends them. */
const MOST_RETRIES = 10_000;
/** An hour less than the stream keeps a record. */
const MOST_AGE_SECONDS = 23 * 3600;

/** One event source mapping a stream: how Lambda reads it and what becomes of a batch that fails to the end. */
export function createMappings({
  streamArn: streams,
  batchSize,
  batchWindowSeconds,
  parallelizationFactor,
}: Parameters): Resources {
  return Object.fromEntries(
    streams.map((stream) => [
      mappingId(stream),
      {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: stream.arn,
          FunctionName: arnOf('RouterLambdaFunction'),
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: batchSize,
          MaximumBatchingWindowInSeconds: batchWindowSeconds,
          ParallelizationFactor: parallelizationFactor,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: MOST_RETRIES,
          MaximumRecordAgeInSeconds: MOST_AGE_SECONDS,
          // S3 alone keeps the records themselves. https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
          DestinationConfig: { OnFailure: { Destination: arnOf('FailureBucket') } },
          MetricsConfig: { Metrics: ['EventCount'] },
        },
      },
    ]),
  );
}
