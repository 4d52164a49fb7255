import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import type { Respond } from './endpoint.ts';

/** S3, SQS and SNS: fauxqs, with the conditional writes that it lacks put in front. */
export async function createStorage(region: string): Promise<Respond> {
  const app = buildApp({ logger: false, defaultRegion: region });
  await app.ready();
  const underWay = new Set<string>();

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  async function putUnlessThere(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (underWay.has(path)) return refuse(409, 'ConditionalRequestConflict', request, response);
    underWay.add(path);
    // Before anything is waited for: the connection may break at any time.
    response.once('close', () => underWay.delete(path));
    const found = await app.inject({ method: 'HEAD', url: path });
    if (found.statusCode === 200) refuse(412, 'PreconditionFailed', request, response);
    else app.routing(request, response);
  }

  return (request, response) => {
    if (!isConditionalWrite(request)) return app.routing(request, response);
    const path = String(request.url).replace(/\?.*/, '');
    putUnlessThere(path, request, response).catch((cause: unknown) => response.destroy(cause as Error));
  };
}

function refuse(status: number, code: string, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function isConditionalWrite({ method, headers }: IncomingMessage): boolean {
  return method === 'PUT' && headers['if-none-match'] === '*';
}
