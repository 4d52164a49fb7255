import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { streamName } from '../../local/deployment.ts';
import { RESOURCE_IDS } from '../../local/run.ts';
import { GONE, isRunning, killStarted, start } from '../support/start.ts';

afterEach(killStarted);

describe('npm start', () => {
  it('accounts for everything that was put in, and exits 0', async () => {
    const { child, exit, output } = start('--records', '120');

    expect(await exit, output()).toBe(0);
    expect(output()).toContain('All 120 records');
    for (const part of ['class=AUTH_FAILURE', 'DdlRule:', 'service-users', 'DECRYPT_FAILED', 'PutEvents']) {
      expect(output()).toContain(part);
    }
    expect(output()).not.toContain('The run is shown');
    await vi.waitUntil(() => !isRunning(child), GONE);
  });

  it('with --keep stays reachable with the environment that it prints, until Ctrl-C', async () => {
    const { child, exit, output, says } = start('--records', '30', '--keep');
    await says('aws sqs receive-message');

    const environment = Object.fromEntries(
      [...output().matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const options = {
      endpoint: environment.AWS_ENDPOINT_URL ?? '',
      region: environment.AWS_REGION ?? '',
      credentials: {
        accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
      },
    };
    const bucket = /s3 ls --recursive s3:\/\/(\S+)/.exec(output())?.[1];
    const queue = /--queue-url (\S+Ddl\S+)/.exec(output())?.[1];
    const objects = await new S3Client(options).send(new ListObjectsV2Command({ Bucket: bucket }));
    const received = await new SQSClient(options).send(new ReceiveMessageCommand({ QueueUrl: queue }));
    const kinesis = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
    const streams = await kinesis.send(new ListStreamsCommand({}));
    process.kill(-(child.pid as number), 'SIGINT');

    expect(objects.KeyCount).toBeGreaterThan(0);
    expect(received.Messages?.[0]?.Body).toContain('"detail-type":"Database Activity DDL"');
    expect(streams.StreamNames?.sort()).toEqual(RESOURCE_IDS.map(streamName).sort());
    expect(await exit).toBe(0);
    await vi.waitUntil(() => !isRunning(child), GONE);
  });

  it('with --keep serves a page from when the service has started, and names it again at the end', async () => {
    const { child, exit, output, says } = start('--records', '30', '--keep');
    await says('records, as Aurora does');
    const url = /The run is shown at (\S+)/.exec(output())?.[1] ?? '';

    const page = await fetch(url);
    await says('In a browser: ');
    process.kill(-(child.pid as number), 'SIGINT');

    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(await page.text()).toContain('<h1>das-router: the local run</h1>');
    expect(output()).toContain(`In a browser: ${url}`);
    expect(await exit).toBe(0);
    await vi.waitUntil(() => !isRunning(child), GONE);
  });

  it.each(['Package serverless.yml', 'acknowledged'])('leaves no process behind on Ctrl-C at "%s"', async (moment) => {
    const { child, exit, says } = start('--records', '3000');
    await says(moment);

    process.kill(-(child.pid as number), 'SIGINT');

    expect(await exit).toBe(130);
    await vi.waitUntil(() => !isRunning(child), GONE);
  });

  it.each([
    ['--records', '0'],
    ['--records', 'many'],
    ['--record', '5'],
  ])('refuses %s %s and says what it takes', async (...args) => {
    const { exit, output } = start(...args);

    expect(await exit).toBe(1);
    expect(output()).toMatch(/A whole number from 1 to 100000|unknown option '--record'/);
  });

  it('explains itself with --help', async () => {
    const { exit, output } = start('--help');

    expect(await exit).toBe(0);
    expect(output()).toContain('--records <number>');
    expect(output()).toContain('--keep');
  });
});
