// The least that a consumer on the AWS Encryption SDK can do: decrypt, gunzip, parse, write each event, gzip by class.
import { buildClient, CommitmentPolicy, type RawAesKeyringNode } from '@aws-crypto/client-node';
import { createKeyring } from '../../local/database-activity.ts';
import { type OpenBatch, processWith } from './floor.ts';

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const keyrings = new Map<string, RawAesKeyringNode>();

/** Outside of what is measured: keyrings are built once. */
export function prepare(batch: OpenBatch): OpenBatch {
  for (const { dataKey } of batch) {
    const name = Buffer.from(dataKey).toString('hex');
    if (!keyrings.has(name)) keyrings.set(name, createKeyring(dataKey));
  }
  return batch;
}

export const handler = processWith(async ({ message, dataKey }) => {
  const keyring = keyrings.get(Buffer.from(dataKey).toString('hex')) as RawAesKeyringNode;
  const { plaintext } = await decrypt(keyring, message);
  return plaintext;
});
