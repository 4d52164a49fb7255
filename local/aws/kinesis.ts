import { once } from 'node:events';
import { request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { Respond } from './endpoint.ts';

export interface Kinesis {
  readonly respond: Respond;
  readonly close: () => Promise<void>;
}

/** Kinesis: kinesis-local in a worker thread; requests are handed on to it. */
export async function startKinesis(region: string, accountId: string): Promise<Kinesis> {
  const worker = new Worker(new URL('kinesis-server.ts', import.meta.url), {
    stderr: true,
    workerData: { plainPort: 2 },
    env: {
      AWS_REGION: region,
      AWS_ACCOUNT_ID: accountId,
      KINESIS_MOCK_PLAIN_PORT: '2',
      KINESIS_MOCK_TLS_PORT: '1',
      LOG_LEVEL: 'ERROR',
      CREATE_STREAM_DURATION: '10ms',
      SHARD_LIMIT: '200',
    },
  });
  // It says so whenever something else in this process took long: of no use to anybody.
  createInterface(worker.stderr).on('line', (line) => {
    if (!line.includes('CPU is probably starving')) process.stderr.write(`${line}\n`);
  });
  const [{ port }] = (await once(worker, 'message')) as [AddressInfo];
  return {
    respond: (request, response) => {
      const { method, url, headers } = request;
      const upstream = forward({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.on('error', (cause) => response.destroy(cause));
      request.pipe(upstream);
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
