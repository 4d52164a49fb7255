import { deepEqual } from 'node:assert/strict';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { TestProject } from 'vitest/node';
import { clientEnvironment, clientOptions } from '../../local/aws/index.ts';
import { runServerless } from '../../local/package.ts';
import { createStream } from '../../local/provision.ts';
import { RESOURCE_IDS } from '../../local/run.ts';
import { commandsFor, fillCommand, STACK } from './commands.ts';
import { readPhysicalIds } from './deployed.ts';
import { startMoto } from './moto.ts';
import { installPython } from './python.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where moto listens, with the stack deployed. */
    readonly endpointUrl: string;
    /** The key of the activity streams. */
    readonly keyArn: string;
  }
}

/** Starts moto and deploys the stack for all files, by the commands of docs/deploying.md; removes both at the end. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await installPython();
  const { url, close } = await startMoto();
  try {
    const { KeyMetadata: key } = await new KMSClient(clientOptions(url, 'operator')).send(new CreateKeyCommand({}));
    const keyArn = String(key?.Arn);
    for (const resourceId of RESOURCE_IDS) await createStream(url, resourceId);
    const serverless = async (command: string) => {
      const [text = ''] = commandsFor(`npx serverless ${command} --stage`);
      const [, , ...words] = fillCommand(text, { 'key ARN': keyArn }).split(' ');
      await runServerless(words, clientEnvironment(url, 'operator'));
    };
    await serverless('deploy');
    provide('endpointUrl', url);
    provide('keyArn', keyArn);
    return () => checkRemoval(url, () => serverless('remove')).finally(close);
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Throws where the removal of the stack leaves more behind than the archive, or loses an object of it. */
async function checkRemoval(endpointUrl: string, remove: () => Promise<void>): Promise<void> {
  const options = clientOptions(endpointUrl, 'operator');
  const s3 = new S3Client(options);
  const Bucket = (await readPhysicalIds(endpointUrl)).get('ArchiveBucket');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'activity/kept', Body: 'kept' }));
  const listKeys = async () =>
    (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key: key }) => key);
  const before = await listKeys();

  await remove();

  const { Functions: functions = [] } = await new LambdaClient(options).send(new ListFunctionsCommand({}));
  const { QueueUrls: queues = [] } = await new SQSClient(options).send(new ListQueuesCommand({}));
  // Moto, like AWS, keeps a bus on which others have rules.
  const names = [...functions.map(({ FunctionName: name = '' }) => name), ...queues];
  const left = names.filter((name) => name.includes(STACK));
  deepEqual(left, [], 'The removal of the stack leaves resources behind');
  deepEqual(await listKeys(), before, 'The removal of the stack changes the archive');
}
