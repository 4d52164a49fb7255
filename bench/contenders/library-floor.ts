// The least that a consumer on the AWS Encryption SDK does: decrypt, gunzip, parse, write each event, gzip by class.
import { buildClient, CommitmentPolicy, type RawAesKeyringNode } from '@aws-crypto/client-node';
import { createKeyring } from '../../local/database-activity.ts';
import { type OpenBatch, type OpenMessage, processWith } from './floor.ts';

interface KeyedMessage extends OpenMessage {
  readonly keyring: RawAesKeyringNode;
}

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyrings = new Map<string, RawAesKeyringNode>();

/** Outside of what is measured: keyrings are built once, and found. */
export function prepare(batch: OpenBatch): readonly KeyedMessage[] {
  return batch.map((message) => {
    const name = Buffer.from(message.dataKey).toString('hex');
    const keyring = keyrings.get(name) ?? createKeyring(message.dataKey);
    keyrings.set(name, keyring);
    return { ...message, keyring };
  });
}

export const handler = processWith(
  async ({ message, keyring }: KeyedMessage) => (await decrypt(keyring, message)).plaintext,
);
