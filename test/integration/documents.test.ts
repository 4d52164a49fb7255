import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../local/aws/endpoint.ts';
import { clientEnvironment, clientOptions, KEY_ARN, startAws } from '../../local/aws/index.ts';
import { generateDataKey, innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamName } from '../../local/deployment.ts';
import { ROOT } from '../../local/package.ts';
import { createStream } from '../../local/provision.ts';
import { createKinesisClient } from '../../local/service.ts';
import { OPERATOR } from '../support/cli.ts';
import { blocksOf, fillIn, readDocument } from '../support/documents.ts';

const CLUSTER = 'cluster-4HNY5V4RRNPKKYB7ICFKE5JBQQ';
const DOCUMENTS = ['README.md', 'docs/command-line.md', 'docs/runbook.md'];

/** The lines of the documents' shell blocks that run the command line. */
const COMMANDS = DOCUMENTS.flatMap((document) =>
  blocksOf(readDocument(document))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
    .filter((line) => line.includes('npx das-router '))
    .map((line) => ({ document, line })),
);

const VALUES = {
  stream: streamName(CLUSTER),
  'name or ARN': streamName(CLUSTER),
  ArchiveBucketName: 'archive',
  FailureBucketName: 'failures',
};

let aws: Endpoint;
let folder: string;
let putEvents: () => Promise<void>;
let close: () => void;
beforeAll(async () => {
  aws = await startAws();
  folder = await mkdtemp(join(tmpdir(), 'das-router-documents-'));
  const options = clientOptions(aws.url, 'test');
  const [s3, kms, kinesis] = [new S3Client(options), new KMSClient(options), createKinesisClient(aws.url, 'test')];
  for (const bucket of ['archive', 'failures']) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  // A day of which something is there.
  await s3.send(new PutObjectCommand({ Bucket: 'archive', Key: 'activity/class=DDL/x', Body: '' }));
  await createStream(aws.url, CLUSTER);
  const dataKey = await generateDataKey(kms, KEY_ARN, CLUSTER);
  const event = { type: 'record', serverType: 'PostgreSQL', dbUserName: 'alice', logTime: '2026-03-01 12:59:58+00' };
  const grant = { ...event, class: 'ROLE', command: 'GRANT', commandText: 'GRANT SELECT ON t TO eve' };
  const refused = { ...event, class: 'MISC', command: 'AUTH FAILURE', commandText: null, exitCode: '28P01' };
  const record = innerRecord(CLUSTER, 'db-A', [grant, refused]);
  await writeFile(join(folder, 'record.json'), record);
  const Data = await sealRecord(record, 'aurora-postgresql', dataKey);
  putEvents = async () => {
    await kinesis.send(new PutRecordCommand({ StreamName: streamName(CLUSTER), Data, PartitionKey: 'any' }));
  };
  close = () => {
    for (const client of [s3, kms, kinesis]) client.destroy();
  };
});
afterAll(async () => {
  close();
  await rm(folder, { recursive: true });
  await aws.close();
});

/** Runs a line as a shell does, against the stand-ins; what does not end by itself gets Ctrl-C after its first line. */
async function run(line: string, ends: boolean) {
  const command = fillIn(line, VALUES)
    // The AWS CLI is no part of these tests: the object that it prints lies here.
    .replace(/^aws s3 cp .* - \|/, `cat ${join(folder, 'record.json')} |`)
    .replaceAll(/(?<=--file )record\.json/g, join(folder, 'record.json'));
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, ...clientEnvironment(aws.url, OPERATOR) };
  const child = spawn('bash', ['-c', command], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  if (!ends) {
    // Whatever a tail missed before it began to read, it gets the next one.
    const ended = closed.then(() => true);
    while (!stdout.includes('\n') && child.exitCode === null) {
      await putEvents();
      await Promise.race([
        ended,
        once(child.stdout, 'data', { signal: AbortSignal.timeout(1_000) }).catch(() => false),
      ]);
    }
    process.kill(-(child.pid as number), 'SIGINT');
  }
  const [status] = (await closed) as [number | null];
  return { status, stdout, stderr };
}

/** Nothing was archived here, so a day is not clean. */
const STATUS: Readonly<Record<string, number>> = { verify: 1 };

describe('a command of the command line that a document shows', () => {
  it.each(COMMANDS)('$document: $line', async ({ line }) => {
    const [, name = ''] = /npx das-router (\w+)/.exec(line) ?? [];

    const { status, stdout, stderr } = await run(line, name !== 'tail');

    expect(stderr).toBe('');
    expect(stdout).not.toBe('');
    // Of what Ctrl-C ends npx tells no more than that.
    if (name !== 'tail') expect(status).toBe(STATUS[name] ?? 0);
  });

  it('is there for each of them', () => {
    const names = COMMANDS.map(({ line }) => /npx das-router (\w+)/.exec(line)?.[1]);

    expect([...new Set(names)].sort()).toEqual(['explain', 'redrive', 'tail', 'verify']);
  });
});
