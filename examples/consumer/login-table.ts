import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type Failure, findStale, TEN_MINUTES_MS } from './burst.ts';
import type { FailedLogin } from './failed-login.ts';

/** What is remembered of a user at an address. */
export interface Remembered {
  readonly failures: readonly Failure[];
  /** After this moment failures count for another alert; 0 where there was none. */
  readonly quietUntil: number;
  /** The event whose alert is claimed and not sent yet; null where there is none. */
  readonly claimedBy: string | null;
}

/** The failures by user and address, an item each. */
export interface LoginTable {
  readonly remember: (failedLogin: FailedLogin) => Promise<Remembered>;
  /** Lets one of several that see the same burst send the alert: says whether this one may. */
  readonly claimAlert: (failedLogin: FailedLogin, burst: readonly Failure[]) => Promise<boolean>;
  readonly alertSent: (failedLogin: FailedLogin) => Promise<void>;
}

const DAY_SECONDS = 86_400;

export function createLoginTable(dynamoDb: DynamoDBClient, table: string): LoginTable {
  const update = ({ login }: FailedLogin, expression: string, values?: Values, condition?: string) =>
    dynamoDb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { login: { S: login } },
        UpdateExpression: expression,
        ReturnValues: 'ALL_NEW',
        ...(values !== undefined && { ExpressionAttributeValues: values }),
        ...(condition !== undefined && { ConditionExpression: condition }),
      }),
    );

  return {
    async remember(failedLogin) {
      // A set: what arrives twice is in it once.
      const { Attributes: item = {} } = await update(failedLogin, 'ADD failures :failure SET expiresAt = :expiresAt', {
        ':failure': { SS: [write(failedLogin)] },
        ':expiresAt': { N: String(Math.ceil(failedLogin.at / 1000) + DAY_SECONDS) },
      });
      const failures = (item.failures?.SS ?? []).map(read);
      const stale = findStale(failures);
      if (stale.length > 0) await update(failedLogin, 'DELETE failures :stale', { ':stale': { SS: stale.map(write) } });
      return {
        failures: failures.filter((failure) => !stale.includes(failure)),
        quietUntil: Number(item.quietUntil?.N ?? 0),
        claimedBy: item.claimedBy?.S ?? null,
      };
    },

    async claimAlert(failedLogin, burst) {
      const [first, last] = [burst[0]?.at ?? 0, burst.at(-1)?.at ?? 0];
      try {
        await update(
          failedLogin,
          'SET quietUntil = :quietUntil, claimedBy = :eventId',
          {
            ':quietUntil': { N: String(last + TEN_MINUTES_MS) },
            ':first': { N: String(first) },
            ':eventId': { S: failedLogin.eventId },
          },
          // Whoever claimed it and did not come to send it gets its message again, and may.
          'attribute_not_exists(quietUntil) OR quietUntil < :first OR claimedBy = :eventId',
        );
        return true;
      } catch (cause) {
        if (cause instanceof ConditionalCheckFailedException) return false;
        throw cause;
      }
    },

    async alertSent(failedLogin) {
      await update(failedLogin, 'REMOVE claimedBy');
    },
  };
}

type Values = UpdateItemCommand['input']['ExpressionAttributeValues'];

function write({ at, eventId }: Failure): string {
  return `${at} ${eventId}`;
}

function read(text: string): Failure {
  const [at = '', eventId = ''] = text.split(' ');
  return { at: Number(at), eventId };
}
