// What the public samples do: one call of KMS a record and one object an event, one after another.
import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { buildClient, CommitmentPolicy } from '@aws-crypto/client-node';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createKeyring } from '../../local/database-activity.ts';
import type { EventRecord } from '../../local/mapping/event-records.ts';
import { encryptionContext } from '../../src/encryption-context.ts';

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
const [kms, s3] = [new KMSClient(), new S3Client()];

export async function handler({ Records: records }: { readonly Records: readonly EventRecord[] }): Promise<void> {
  for (const { kinesis, eventSourceARN } of records) {
    const outer = JSON.parse(Buffer.from(kinesis.data, 'base64').toString());
    const resourceId = eventSourceARN.replace(/^.*aws-rds-das-/, '');
    const { Plaintext: plaintext = new Uint8Array() } = await kms.send(
      new DecryptCommand({
        CiphertextBlob: Buffer.from(outer.key, 'base64'),
        EncryptionContext: encryptionContext(resourceId),
      }),
    );
    const message = Buffer.from(outer.databaseActivityEvents, 'base64');
    const { plaintext: compressed } = await decrypt(createKeyring(plaintext), message);
    const inner = JSON.parse(gunzipSync(compressed).toString());
    for (const event of inner.databaseActivityEventList) {
      const body = JSON.stringify(event);
      await s3.send(
        new PutObjectCommand({ Bucket: process.env.ARCHIVE_BUCKET, Key: `${randomUUID()}.json`, Body: body }),
      );
    }
  }
}
