import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { findBurst, type Refusal } from './burst.ts';
import { createRefusalTable } from './refusal-table.ts';
import { type RefusedLogin, readRefusedLogin } from './refused-login.ts';

/** Without these a call that nobody answers takes the whole batch down with it. */
const PATIENCE = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

const { REFUSAL_TABLE = '', ALERT_TOPIC = '' } = process.env;
const table = createRefusalTable(new DynamoDBClient(PATIENCE), REFUSAL_TABLE);
const sns = new SNSClient(PATIENCE);
const logger = new Logger({ serviceName: 'refused-logins' });

/** Counts refused logins by user and address; what fails is delivered again, and in the end lies in the dead-letter queue. */
export async function handler({ Records: records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed: SQSBatchItemFailure[] = [];
  for (const record of records) if (!(await succeeds(record))) failed.push({ itemIdentifier: record.messageId });
  return { batchItemFailures: failed };
}

async function succeeds({ messageId, body }: SQSRecord): Promise<boolean> {
  try {
    await watch(readRefusedLogin(body));
    return true;
  } catch (cause) {
    // Its name alone: a parser's message may quote what a client claimed.
    logger.error('A message could not be worked off', { messageId, error: (cause as Error).name });
    return false;
  }
}

async function watch(refused: RefusedLogin): Promise<void> {
  const { refusals, quietUntil, claimed } = await table.remember(refused);
  // Whoever claimed an alert and did not come to send it gets its message again, and sends that one.
  const burst = claimed ?? findBurst(refusals, quietUntil);
  if (burst.length === 0) return;
  if (claimed === null && !(await table.claimAlert(refused, burst))) return;
  await sendAlert(refused, burst);
  await table.endClaim(refused);
}

async function sendAlert({ user, address }: RefusedLogin, burst: readonly Refusal[]): Promise<void> {
  const alert = {
    alert: 'Refused logins',
    user,
    address,
    resourceIds: [...new Set(burst.map(({ eventId }) => eventId.split('/')[0]))],
    from: new Date(burst[0]?.at ?? 0).toISOString(),
    to: new Date(burst.at(-1)?.at ?? 0).toISOString(),
    eventIds: burst.map(({ eventId }) => eventId),
  };
  await sns.send(
    new PublishCommand({ TopicArn: ALERT_TOPIC, Subject: 'Refused logins', Message: JSON.stringify(alert, null, 2) }),
  );
}
