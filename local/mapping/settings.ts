/** The mapping's settings, in CloudFormation's words. */
export interface MappingSettings {
  readonly EventSourceArn: string;
  readonly BatchSize: number;
  readonly MaximumBatchingWindowInSeconds: number;
  readonly ParallelizationFactor?: number;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly BisectBatchOnFunctionError: boolean;
  readonly StartingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly FunctionResponseTypes: readonly string[];
  readonly DestinationConfig?: { readonly OnFailure: { readonly Destination: string } };
}

/** Lambda takes -1, and nothing, for no limit. */
export function limit(setting: number | undefined): number {
  return setting === undefined || setting === -1 ? Number.POSITIVE_INFINITY : setting;
}
