import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { BURST, findStale, type Refusal, TEN_MINUTES_MS } from './burst.ts';
import type { RefusedLogin } from './refused-login.ts';

/** What is remembered of a user at an address. */
export interface Remembered {
  readonly refusals: readonly Refusal[];
  /** Refusals after this moment count for another alert; 0 where there was none. */
  readonly quietUntil: number;
  /** Of the alert that was claimed with this very event and is not sent yet; null where there is none. */
  readonly claimed: readonly Refusal[] | null;
}

/** The refusals by user and address, an item each. */
export interface RefusalTable {
  readonly remember: (refused: RefusedLogin) => Promise<Remembered>;
  /** Lets one of several that see the same burst send the alert: says whether this one may. */
  readonly claimAlert: (refused: RefusedLogin, burst: readonly Refusal[]) => Promise<boolean>;
  readonly endClaim: (refused: RefusedLogin) => Promise<void>;
}

type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key' | 'ReturnValues'>;

const DAY_SECONDS = 86_400;

export function createRefusalTable(dynamoDb: DynamoDBClient, table: string): RefusalTable {
  async function update({ login }: RefusedLogin, what: Update) {
    const place = { TableName: table, Key: { login: { S: login } }, ReturnValues: 'ALL_NEW' } as const;
    const { Attributes: item = {} } = await dynamoDb.send(new UpdateItemCommand({ ...place, ...what }));
    return item;
  }

  return {
    async remember(refused) {
      const item = await update(refused, {
        // A set: what arrives twice is in it once.
        UpdateExpression: 'ADD refusals :refusal SET expiresAt = :expiresAt, claims = if_not_exists(claims, :none)',
        ExpressionAttributeValues: {
          ':refusal': { SS: [write(refused)] },
          ':expiresAt': { N: String(Math.ceil(Date.now() / 1000) + DAY_SECONDS) },
          ':none': { M: {} },
        },
      });
      const refusals = readAll(item.refusals);
      const stale = findStale(refusals);
      // Some at a time, or each further attempt would cost a second write.
      if (stale.length >= BURST) {
        await update(refused, {
          UpdateExpression: 'DELETE refusals :stale',
          ExpressionAttributeValues: { ':stale': { SS: stale.map(write) } },
        });
      }
      const claimed = item.claims?.M?.[refused.eventId];
      return {
        refusals: refusals.filter((refusal) => !stale.includes(refusal)),
        quietUntil: Number(item.quietUntil?.N ?? 0),
        claimed: claimed === undefined ? null : readAll(claimed),
      };
    },

    async claimAlert(refused, burst) {
      try {
        await update(refused, {
          UpdateExpression: 'SET quietUntil = :quietUntil, claims.#event = :burst',
          ExpressionAttributeNames: { '#event': refused.eventId },
          ExpressionAttributeValues: {
            ':quietUntil': { N: String((burst.at(-1)?.at ?? 0) + TEN_MINUTES_MS) },
            ':first': { N: String(burst[0]?.at) },
            ':burst': { SS: burst.map(write) },
          },
          ConditionExpression: 'attribute_not_exists(quietUntil) OR quietUntil < :first',
        });
        return true;
      } catch (cause) {
        if (cause instanceof ConditionalCheckFailedException) return false;
        throw cause;
      }
    },

    async endClaim(refused) {
      await update(refused, {
        UpdateExpression: 'REMOVE claims.#event',
        ExpressionAttributeNames: { '#event': refused.eventId },
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
