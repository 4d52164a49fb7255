import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lambdaOperation } from './lambda.ts';

/** One call that a client made. */
export interface Call {
  /** The signing name: `kms`, `s3`, `events`, `sqs`, `kinesis`, `lambda`. */
  readonly service: string;
  /** As in `Decrypt`; for S3 the HTTP method and what the path names, as in `PUT object`. */
  readonly operation: string;
  /** Of the URL. */
  readonly path: string;
  /** Access key id of the caller: tells the Lambda's calls from the operator's. */
  readonly caller: string;
}

export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers a call in the place of its service, or says that it does not; `proceed` has the service answer, later. */
export type Intercept = (
  call: Call,
  request: IncomingMessage,
  response: ServerResponse,
  proceed: () => void,
) => boolean;

export interface Endpoint {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Every call so far, in the order in which they came. */
  readonly calls: readonly Call[];
  readonly close: () => Promise<void>;
}

const CREDENTIAL = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//;

/**
 * One HTTP endpoint on loopback for all services: the signature of a request says which service it is for.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function startEndpoint(
  services: ReadonlyMap<string, Respond>,
  intercept: Intercept = () => false,
): Promise<Endpoint> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const [, caller = 'nobody', service = 'none'] = CREDENTIAL.exec(request.headers.authorization ?? '') ?? [];
    const call = { service, operation: operationOf(service, request), path: pathOf(request), caller };
    calls.push(call);
    const respond = services.get(service) ?? respondUnknown;
    const proceed = () => respond(request, response);
    if (!intercept(call, request, response, proceed)) proceed();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respondUnknown(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(400, { 'content-type': 'text/plain' }).end('No local stand-in for this service\n');
}

function pathOf({ url = '' }: IncomingMessage): string {
  return decodeURIComponent(url.replace(/\?.*/, ''));
}

function operationOf(service: string, request: IncomingMessage): string {
  if (service === 'lambda') return lambdaOperation(request);
  const { headers, method, url = '' } = request;
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1);
  const [, key = ''] = /^\/[^/?]+\/?([^?]*)/.exec(url) ?? [];
  return `${method} ${key === '' ? 'bucket' : 'object'}`;
}
