import type { QuarantineReason } from '../../src/activity.ts';
import { isPoison, type StageError } from '../../src/errors.ts';

/** What a reason usually means, and what to do: the runbook has more. */
const REASONS: Readonly<Record<QuarantineReason, string>> = {
  ENVELOPE_INVALID: 'It is not what Database Activity Streams send, or they send something new.',
  KEY_REJECTED:
    'KMS did not make this data key, or not for this cluster or instance: was the stream started anew with another key?',
  DECRYPT_FAILED: 'The record was damaged or forged.',
  DECOMPRESS_FAILED: 'The record was damaged or forged.',
  PAYLOAD_INVALID: 'It is not what Database Activity Streams send, or they send something new.',
  PAYLOAD_TOO_LARGE: 'It is larger than a record may be, or has more events or values.',
  SOURCE_MISMATCH: 'It names another cluster or instance than its stream: somebody but RDS writes into the stream.',
};

/** What became of a record that the pipeline refuses, line by line. */
export function describeFailure(error: StageError): readonly string[] {
  if (isPoison(error)) {
    return [
      `fails: ${error.reason} (${error.code})`,
      REASONS[error.reason],
      'The function quarantines such a record, and goes on: docs/runbook.md#quarantine',
    ];
  }
  return [
    `fails: ${error.code}`,
    'This is no fault of the record: to the function it would be delivered again, and never quarantined:',
    'docs/runbook.md#failed-records. Here your Region, your permissions or the network may be it.',
  ];
}
