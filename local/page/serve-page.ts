import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { clientOptions } from '../aws/index.ts';
import type { ConsumedService } from '../run.ts';
import { OPERATOR } from '../service.ts';
import { followRecord } from './follow-record.ts';
import { createReadSnapshot } from './read-snapshot.ts';
import { RECORD_KINDS, type RecordKind } from './send-record.ts';
import type { RunState } from './snapshot.ts';
import { createSnapshotStream } from './snapshot-stream.ts';

/** The page for the eye, as long as it is served. */
export interface Page {
  readonly url: string;
  /** Says that the run's own records were compared with what came out, and how many differences there are. */
  readonly endAccounts: (differences: number) => void;
  readonly close: () => Promise<void>;
}

const FILES: ReadonlyMap<string, { readonly name: string; readonly type: string }> = new Map([
  ['/', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/page.css', { name: 'page.css', type: 'text/css; charset=utf-8' }],
  ['/page.js', { name: 'page.js', type: 'text/javascript; charset=utf-8' }],
]);

const HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Serves the page on loopback. `records` is how many the run writes. */
export async function servePage(service: ConsumedService, records: number): Promise<Page> {
  const eventBridge = new EventBridgeClient(clientOptions(service.endpointUrl, OPERATOR));
  const stop = new AbortController();
  let run: RunState = { records, accounted: false, differences: 0 };
  let following = false;
  const listen = createSnapshotStream(
    createReadSnapshot(service, eventBridge, () => run),
    stop.signal,
  );

  /** Answers with the steps as they are seen, a line of JSON each. */
  async function send(kind: RecordKind, response: ServerResponse): Promise<void> {
    if (!run.accounted) return refuse(response, 409, "The run's own records are not accounted for yet");
    if (following) return refuse(response, 409, 'Another record is being followed');
    following = true;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      for await (const step of followRecord(service, eventBridge, kind, AbortSignal.any([stop.signal, gone.signal])))
        response.write(`${JSON.stringify(step)}\n`);
      response.end();
    } finally {
      following = false;
    }
  }

  async function answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method === 'POST') {
      const kind = RECORD_KINDS.find((known) => url === `/records/${known}`);
      return kind === undefined ? refuse(response, 404, 'There is no such record') : send(kind, response);
    }
    if (method !== 'GET') return refuse(response, 405, 'Only GET and POST');
    if (url === '/snapshots') return listen(response);
    // Every browser asks for it.
    if (url === '/favicon.ico') return void response.writeHead(204).end();
    const file = FILES.get(url);
    if (file === undefined) return refuse(response, 404, 'There is nothing here');
    response.writeHead(200, { 'content-type': file.type }).end(await readFile(join(import.meta.dirname, file.name)));
  }

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    request.resume();
    const refusal = refuseStranger(request);
    if (refusal !== null) return refuse(response, 403, refusal);
    answer(request, response).catch((cause: unknown) => {
      console.error('The page could not answer:', cause);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: urlOf(server.address()),
    endAccounts(differences) {
      run = { ...run, accounted: true, differences };
    },
    close: () =>
      new Promise((resolve) => {
        stop.abort();
        eventBridge.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * A foreign site can have a name of its own resolve to loopback, so that a browser takes this page for its own; and it can
 * have a browser post to loopback. The headers of such requests tell.
 */
function refuseStranger({ method, headers, socket }: IncomingMessage): string | null {
  const own = urlOf(socket.address());
  if (`http://${headers.host}/` !== own) return `The page is at ${own}`;
  if (method === 'POST' && `${headers.origin}/` !== own) return `The header Origin must be ${own.slice(0, -1)}`;
  return null;
}

function urlOf(address: AddressInfo | string | object | null): string {
  const { address: host, port } = address as AddressInfo;
  return `http://${host}:${port}/`;
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${sentence}\n`);
}
