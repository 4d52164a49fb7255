import type { IncomingMessage } from 'node:http';
import { buildApp } from 'fauxqs';
import type { Respond } from './endpoint.ts';

/** S3, SQS and SNS: fauxqs, with the conditional writes that it lacks put in front. */
export async function createStorage(region: string): Promise<Respond> {
  const app = buildApp({ logger: false, defaultRegion: region });
  await app.ready();
  const underWay = new Set<string>();

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  async function refuse(path: string): Promise<readonly [number, string] | null> {
    if (underWay.has(path)) return [409, 'ConditionalRequestConflict'];
    underWay.add(path);
    const found = await app.inject({ method: 'HEAD', url: path });
    if (found.statusCode !== 200) return null;
    underWay.delete(path);
    return [412, 'PreconditionFailed'];
  }

  return (request, response) => {
    if (!isConditionalWrite(request)) return app.routing(request, response);
    const path = String(request.url).replace(/\?.*/, '');
    refuse(path)
      .then((refusal) => {
        if (refusal === null) {
          response.once('close', () => underWay.delete(path));
          return app.routing(request, response);
        }
        const [status, code] = refusal;
        request.resume();
        response.writeHead(status, { 'content-type': 'application/xml' });
        response.end(
          `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
        );
      })
      .catch((cause: unknown) => response.destroy(cause as Error));
  };
}

function isConditionalWrite({ method, headers }: IncomingMessage): boolean {
  return method === 'PUT' && headers['if-none-match'] === '*';
}
