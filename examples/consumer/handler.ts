import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SQSBatchItemFailure, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type Failure, findBurst } from './burst.ts';
import { type FailedLogin, readFailedLogin } from './failed-login.ts';
import { createLoginTable } from './login-table.ts';

const { LOGIN_TABLE = '', ALERT_TOPIC = '' } = process.env;
const logins = createLoginTable(new DynamoDBClient(), LOGIN_TABLE);
const sns = new SNSClient();
const logger = new Logger({ serviceName: 'failed-logins' });

/** Counts refused logins by user and address; what fails is delivered again, and in the end lies in the dead-letter queue. */
export async function handler({ Records: records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed: SQSBatchItemFailure[] = [];
  for (const record of records) if (!(await succeeds(record))) failed.push({ itemIdentifier: record.messageId });
  return { batchItemFailures: failed };
}

async function succeeds({ messageId, body }: SQSRecord): Promise<boolean> {
  try {
    await watch(readFailedLogin(body));
    return true;
  } catch (cause) {
    // Its name alone: a parser's message may quote what a client claimed.
    logger.error('A message could not be worked off', { messageId, error: (cause as Error).name });
    return false;
  }
}

async function watch(failedLogin: FailedLogin): Promise<void> {
  const { failures, quietUntil, claimedBy } = await logins.remember(failedLogin);
  const interrupted = claimedBy === failedLogin.eventId;
  const burst = findBurst(failures, interrupted ? 0 : quietUntil);
  if (burst.length === 0 || !(await logins.claimAlert(failedLogin, burst))) return;
  await sendAlert(failedLogin, burst);
  await logins.alertSent(failedLogin);
}

async function sendAlert({ user, address, resourceId }: FailedLogin, burst: readonly Failure[]): Promise<void> {
  const alert = {
    alert: 'Refused logins',
    user,
    address,
    resourceId,
    from: new Date(burst[0]?.at ?? 0).toISOString(),
    to: new Date(burst.at(-1)?.at ?? 0).toISOString(),
    eventIds: burst.map(({ eventId }) => eventId),
  };
  await sns.send(
    new PublishCommand({ TopicArn: ALERT_TOPIC, Subject: 'Refused logins', Message: JSON.stringify(alert, null, 2) }),
  );
}
