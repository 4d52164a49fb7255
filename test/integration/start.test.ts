import { Kinesis } from '@aws-sdk/client-kinesis';
import { S3 } from '@aws-sdk/client-s3';
import { SQS } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, expect, it, vi } from 'vitest';
import { streamName } from '../../local/deployment.ts';
import { RESOURCE_IDS } from '../../local/run.ts';
import { createStartCommand } from '../../local/start-options.ts';
import { GONE, isRunning, killStarted, type Started, start } from '../support/start.ts';

/** Only a hang takes so long. */
const PATIENCE_MS = 300_000;
/** The fewest whose refused logins are an alert of the sample consumer. */
const RECORDS = 191;

afterEach(() => {
  killStarted();
  vi.unstubAllEnvs();
});

/** Ends the run as Ctrl-C in a shell does. Returns its exit code, when no process of it is left. */
async function interrupt({ child, exit }: Started): Promise<number | null> {
  process.kill(-(child.pid as number), 'SIGINT');
  const code = await exit;
  await vi.waitUntil(() => !isRunning(child), GONE);
  return code;
}

it('npm start -- --keep accounts for every record, and stays reachable with what it prints until Ctrl-C', {
  timeout: PATIENCE_MS,
}, async () => {
  const run = start('--records', String(RECORDS), '--keep');
  await run.says('records, as Aurora does');
  const url = /The run is shown at (\S+)/.exec(run.output())?.[1] ?? '';
  const page = await fetch(url);
  await run.says('aws sqs receive-message');

  expect(new URL(url).hostname).toBe('127.0.0.1');
  expect(await page.text()).toContain('<h1>das-router: the local run</h1>');
  const parts = ['class=AUTH_FAILURE', 'DdlRule:', '1 alerts', 'service-users', 'DECRYPT_FAILED', 'PutEvents'];
  for (const part of [`All ${RECORDS} records and their`, ...parts, `In a browser: ${url}`]) {
    expect(run.output()).toContain(part);
  }
  for (const [, name = '', value] of run.output().matchAll(/^export (\w+)=(.*)$/gm)) vi.stubEnv(name, value);
  const bucket = /s3 ls --recursive s3:\/\/(\S+)/.exec(run.output())?.[1];
  const queue = /--queue-url (\S+Ddl\S+)/.exec(run.output())?.[1];
  const objects = await new S3().listObjectsV2({ Bucket: bucket });
  const received = await new SQS().receiveMessage({ QueueUrl: queue });
  const streams = await new Kinesis({ requestHandler: new NodeHttpHandler() }).listStreams();

  expect(objects.KeyCount).toBeGreaterThan(0);
  expect(received.Messages?.[0]?.Body).toContain('"detail-type":"Database Activity DDL"');
  expect(streams.StreamNames?.sort()).toEqual(RESOURCE_IDS.map(streamName).sort());
  expect(await interrupt(run)).toBe(0);
});

it.each(['Package serverless.yml', 'acknowledged'])(
  'npm start exits with 130 and leaves no process on Ctrl-C at "%s"',
  { timeout: PATIENCE_MS },
  async (moment) => {
    const run = start('--records', '100000');
    await run.says(moment);

    expect(await interrupt(run)).toBe(130);
    expect(run.output()).not.toContain('The run is shown');
  },
);

/** What the command line makes of its arguments, or how it ends. */
function parse(args: readonly string[]) {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const command = createStartCommand().exitOverride().configureOutput({ writeOut: write, writeErr: write });
  try {
    return command.parse(args, { from: 'user' }).opts();
  } catch (cause) {
    return { exitCode: (cause as { exitCode: number }).exitCode, output };
  }
}

const prints = (exitCode: number, text: string) => ({ exitCode, output: expect.stringContaining(text) });
it.each([
  [[], { records: 300, keep: false }],
  [['--keep', '--records', '1'], { records: 1, keep: true }],
  [['--records', '100000'], { records: 100_000, keep: false }],
  [['--records', '0'], prints(1, 'A whole number from 1 to 100000.')],
  [['--records', '100001'], prints(1, 'A whole number from 1 to 100000.')],
  [['--records', 'many'], prints(1, 'A whole number from 1 to 100000.')],
  [['--record', '5'], prints(1, "unknown option '--record'")],
  [['--help'], prints(0, '--records <number>')],
  [['--help'], prints(0, '--keep')],
])('npm start parses %j', (args, expected) => {
  expect(parse(args)).toEqual(expected);
});
