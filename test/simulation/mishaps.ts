import { NO_ANSWER } from '../../local/aws/event-bridge.ts';
import type { Mishap } from './simulate.ts';

const error = (code: string, status: number): Mishap => ({ kind: 'error', code, status });

const ON_THE_WIRE: readonly Mishap[] = [
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'lost answer' },
  { kind: 'stalled answer' },
  { kind: 'late', milliseconds: 2_500 },
];

/** How each of the function's calls can fail, by service and operation. Sources: the errors in each call's API reference. */
export const MISHAPS: Readonly<Record<string, readonly Mishap[]>> = {
  'kms Decrypt': [
    error('ThrottlingException', 400),
    error('AccessDeniedException', 400),
    error('DisabledException', 400),
    error('KMSInvalidStateException', 400),
    error('NotFoundException', 400),
    error('KMSInternalException', 500),
    error('DependencyTimeoutException', 500),
    error('KeyUnavailableException', 500),
    ...ON_THE_WIRE,
  ],
  's3 PUT object': [
    error('InternalError', 500),
    error('SlowDown', 503),
    error('ServiceUnavailable', 503),
    error('RequestTimeout', 400),
    error('AccessDenied', 403),
    error('NoSuchBucket', 404),
    error('ConditionalRequestConflict', 409),
    ...ON_THE_WIRE,
  ],
  // After a 412 the function compares what is there.
  's3 GET object': [error('InternalError', 500), error('SlowDown', 503), error('AccessDenied', 403), ...ON_THE_WIRE],
  'events PutEvents': [
    error('ThrottlingException', 400),
    error('InternalException', 500),
    error('AccessDeniedException', 400),
    ...ON_THE_WIRE,
  ],
};

/** How one entry of an accepted call can fail. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
export const ENTRY_FAILURES = ['ThrottlingException', 'InternalFailure', 'AccessDeniedException', NO_ANSWER] as const;
