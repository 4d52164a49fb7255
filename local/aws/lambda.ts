import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { LambdaFunction } from '../lambda.ts';
import type { Respond } from './endpoint.ts';
import { AwsError } from './json-service.ts';

export interface Mapping {
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
}

/** What an answer shows of a log. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const TAIL_BYTES = 4096;

/** Lambda may answer fewer than there are: whoever reads the first page alone is to notice. */
const MAPPINGS_A_PAGE = 1;

const INVOKE = /\/functions\/([^/?]+)\/invocations/;
const MAPPINGS = /\/event-source-mappings\b/;

/** The operation that a request to Lambda's REST API names. */
export function lambdaOperation({ method, url = '' }: IncomingMessage): string {
  if (method === 'POST' && INVOKE.test(url)) return 'Invoke';
  if (method === 'GET' && MAPPINGS.test(url)) return 'ListEventSourceMappings';
  return `${method} ${url.replace(/\?.*/, '')}`;
}

/** What Lambda shows of the lines of a log. */
export function tailOf(log: readonly string[]): Buffer {
  return Buffer.from(log.map((line) => `${line}\n`).join('')).subarray(-TAIL_BYTES);
}

/** Lambda: runs functions, by their names, and says which stream is mapped to which. */
export function createLambda(
  functions: ReadonlyMap<string, Pick<LambdaFunction, 'invokeWithLog'>>,
  mappings: readonly Mapping[],
): Respond {
  async function invoke(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, nameOrArn = ''] = INVOKE.exec(String(request.url)) ?? [];
    const name = /[^:]*$/.exec(decodeURIComponent(nameOrArn))?.[0] ?? '';
    const lambda = functions.get(name);
    if (lambda === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
    const { answer, log } = await lambda.invokeWithLog(JSON.parse(await text(request)));
    if (request.headers['x-amz-log-type'] === 'Tail') {
      response.setHeader('x-amz-log-result', tailOf(log).toString('base64'));
    }
    if ('error' in answer) {
      response.setHeader('x-amz-function-error', 'Unhandled');
      response.end(JSON.stringify({ errorType: 'Error', errorMessage: answer.error }));
    } else {
      response.end(JSON.stringify(answer.response ?? null));
    }
  }

  function listMappings({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const query = new URL(url, 'http://localhost').searchParams;
    const found = mappings.filter((mapping) => mapping.EventSourceArn === query.get('EventSourceArn'));
    const start = Number(query.get('Marker') ?? 0);
    const end = start + MAPPINGS_A_PAGE;
    const NextMarker = end < found.length ? { NextMarker: String(end) } : {};
    response.end(JSON.stringify({ EventSourceMappings: found.slice(start, end), ...NextMarker }));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = lambdaOperation(request);
    if (operation === 'Invoke') return invoke(request, response);
    if (operation === 'ListEventSourceMappings') return listMappings(request, response);
    throw new AwsError('UnknownOperationException', `No local stand-in for ${operation}`);
  }

  return (request, response) => {
    response.setHeader('content-type', 'application/json');
    answer(request, response).catch((cause: unknown) => {
      if (!(cause instanceof AwsError)) return response.destroy(cause as Error);
      request.resume();
      response.writeHead(cause.status, { 'x-amzn-errortype': cause.code });
      return response.end(JSON.stringify({ Type: 'User', Message: cause.message }));
    });
  };
}
