import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { BURST, findStale, type Refusal, TEN_MINUTES_MS } from './burst.ts';
import type { RefusedLogin } from './refused-login.ts';

/** What is remembered of a user at an address. */
export interface Remembered {
  readonly refusals: readonly Refusal[];
  /** Refusals after this moment count for another alert; 0 where there was none. */
  readonly quietUntil: number;
  /** An alert that somebody claimed and has not sent yet. */
  readonly claim: Claim | null;
}

interface Claim {
  /** The event with which it was claimed. */
  readonly eventId: string;
  readonly burst: readonly Refusal[];
}

/** The refusals by user and address, an item each. */
export interface RefusalTable {
  readonly remember: (refused: RefusedLogin) => Promise<Remembered>;
  /** Lets one of several that see the same burst send the alert: says whether this one may. */
  readonly claimAlert: (refused: RefusedLogin, burst: readonly Refusal[]) => Promise<boolean>;
  readonly endClaim: (refused: RefusedLogin) => Promise<void>;
}

interface Update {
  readonly expression: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
  readonly condition?: string;
}

const DAY_SECONDS = 86_400;

export function createRefusalTable(dynamoDb: DynamoDBClient, table: string): RefusalTable {
  async function update({ login }: RefusedLogin, { expression, values, condition }: Update) {
    const { Attributes: item = {} } = await dynamoDb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { login: { S: login } },
        UpdateExpression: expression,
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_NEW',
        ...(condition !== undefined && { ConditionExpression: condition }),
      }),
    );
    return item;
  }

  /** Says whether the condition held. */
  async function updateWhere(refused: RefusedLogin, conditional: Update): Promise<boolean> {
    try {
      await update(refused, conditional);
      return true;
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException) return false;
      throw cause;
    }
  }

  return {
    async remember(refused) {
      const item = await update(refused, {
        // A set: what arrives twice is in it once.
        expression: 'ADD refusals :refusal SET expiresAt = :expiresAt',
        values: {
          ':refusal': { SS: [write(refused)] },
          ':expiresAt': { N: String(Math.ceil(Date.now() / 1000) + DAY_SECONDS) },
        },
      });
      const refusals = readAll(item.refusals);
      const stale = findStale(refusals);
      // Some at a time, or each further attempt would cost a second write.
      if (stale.length >= BURST) {
        await update(refused, { expression: 'DELETE refusals :stale', values: { ':stale': { SS: stale.map(write) } } });
      }
      const claimedWith = item.claimedWith?.S;
      return {
        refusals: refusals.filter((refusal) => !stale.includes(refusal)),
        quietUntil: Number(item.quietUntil?.N ?? 0),
        claim: claimedWith === undefined ? null : { eventId: claimedWith, burst: readAll(item.claimed) },
      };
    },

    claimAlert: (refused, burst) =>
      updateWhere(refused, {
        expression: 'SET quietUntil = :quietUntil, claimedWith = :eventId, claimed = :burst',
        values: {
          ':quietUntil': { N: String((burst.at(-1)?.at ?? 0) + TEN_MINUTES_MS) },
          ':first': { N: String(burst[0]?.at) },
          ':eventId': { S: refused.eventId },
          ':burst': { SS: burst.map(write) },
        },
        condition: 'attribute_not_exists(quietUntil) OR quietUntil < :first',
      }),

    async endClaim(refused) {
      await updateWhere(refused, {
        expression: 'REMOVE claimedWith, claimed',
        values: { ':eventId': { S: refused.eventId } },
        // By now it may be another's.
        condition: 'claimedWith = :eventId',
      });
    },
  };
}

function write({ at, eventId }: Refusal): string {
  return `${at} ${eventId}`;
}

function readAll(set: AttributeValue | undefined): readonly Refusal[] {
  const refusals = (set?.SS ?? []).map((text) => {
    const [at = '', eventId = ''] = text.split(' ');
    return { at: Number(at), eventId };
  });
  // A set has no order.
  return refusals.sort((one, other) => one.at - other.at);
}
