import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT_ID, clientEnvironment, REGION } from '../../local/aws/index.ts';
import { startKinesis } from '../../local/aws/kinesis.ts';
import { innerRecord, sealRecord } from '../../local/database-activity.ts';
import { streamName } from '../../local/deployment.ts';
import { ROOT } from '../../local/package.ts';
import { createStream } from '../../local/provision.ts';
import { createKinesisClient } from '../../local/service.ts';
import { OPERATOR, PROGRAM } from '../support/cli.ts';
import { blocksOf, fillIn, readDocument } from '../support/documents.ts';
import { BUCKET, startWire, type Wire } from '../support/wire.ts';

const CLUSTER = 'cluster-4HNY5V4RRNPKKYB7ICFKE5JBQQ';
const DOCUMENTS = ['README.md', 'docs/command-line.md', 'docs/runbook.md'];

const RECORD = 'test/fixtures/aurora-mysql-1.json';
const VALUES = {
  stream: streamName(CLUSTER),
  'name or ARN': streamName(CLUSTER),
  ArchiveBucketName: BUCKET,
  FailureBucketName: BUCKET,
};

/** The lines of the documents' shell blocks that run the command line, each once. */
const COMMANDS = new Set(
  DOCUMENTS.flatMap((document) => blocksOf(readDocument(document)))
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
    .filter((line) => line.includes('npx das-router '))
    .map((line) => fillIn(line, VALUES)),
);

let wire: Wire;
beforeAll(async () => {
  const kinesis = await startKinesis(REGION, ACCOUNT_ID);
  wire = await startWire(new Map([['kinesis', kinesis.respond]]));
  await createStream(wire.endpointUrl, CLUSTER);
  const event = { type: 'record', serverType: 'PostgreSQL', dbUserName: 'alice', logTime: '2026-03-01 12:59:58+00' };
  const grant = { ...event, class: 'ROLE', command: 'GRANT', commandText: 'GRANT SELECT ON t TO eve' };
  const refused = { ...event, class: 'MISC', command: 'AUTH FAILURE', commandText: null, exitCode: '28P01' };
  const inner = innerRecord(CLUSTER, 'db-A', [grant, refused]);
  const Data = await sealRecord(inner, 'aurora-postgresql', await wire.generateDataKey(CLUSTER));
  const client = createKinesisClient(wire.endpointUrl, 'test');
  const puts: Promise<unknown>[] = [];
  // A tail that begins with what comes from now on gets an event once it reads.
  wire.failWith(({ caller, operation }) => {
    const record = new PutRecordCommand({ StreamName: streamName(CLUSTER), Data, PartitionKey: 'any' });
    if (caller === OPERATOR && operation === 'GetRecords') puts.push(client.send(record));
    return false;
  });
  return async () => {
    await Promise.all(puts);
    client.destroy();
    await wire.close();
    await kinesis.close();
  };
});

/** Runs a line as a shell does, against the stand-ins. Ctrl-C ends what does not end by itself after its first line. */
async function run(line: string, isEndless: boolean) {
  const script = line
    // The AWS CLI is no part of these tests: an inner record stands for the object that it prints.
    .replace(/^aws s3 cp .* - \|/, `cat ${RECORD} |`)
    .replaceAll(/(?<=--file )record\.json/g, RECORD);
  // `npx` itself takes over a second; test/integration/cli.test.ts runs it once.
  const npx = `npx() { shift; "${process.execPath}" "${PROGRAM}" "$@"; }`;
  const env = { PATH: process.env.PATH, ...clientEnvironment(wire.endpointUrl, OPERATOR) };
  const child = spawn('bash', ['-o', 'pipefail', '-c', `${npx}; ${script}`], {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (isEndless) child.stdout.once('data', () => process.kill(-Number(child.pid), 'SIGINT'));
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status, stdout, stderr };
}

describe('a command of the command line that a document shows', () => {
  it.concurrent.each([...COMMANDS])('%s', async (line) => {
    const [, name = ''] = /npx das-router (\w+)/.exec(line) ?? [];

    const { status, stdout, stderr } = await run(line, name === 'tail');

    expect(stderr).toBe('');
    expect(stdout).not.toBe('');
    // Nothing was archived here, so a day is not clean. Ctrl-C ends every program of a pipeline.
    if (!line.includes('| grep')) expect(status).toBe(name === 'verify' ? 1 : 0);
  });

  it.concurrent('ends with 0 when its reader has seen enough', async () => {
    const line = `npx das-router tail --stream ${VALUES.stream} --since 10m | head -n 1`;

    const { status, stdout, stderr } = await run(line, false);

    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\S+ {2}DCL .*\n$/);
  });

  it('is there for each of them', () => {
    const names = [...COMMANDS].map((line) => /npx das-router (\w+)/.exec(line)?.[1]);

    expect([...new Set(names)].sort()).toEqual(['explain', 'redrive', 'tail', 'verify']);
  });
});
