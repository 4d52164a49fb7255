import { text } from 'node:stream/consumers';
import type { Respond } from './endpoint.ts';

export type JsonInput = Readonly<Record<string, unknown>>;

/** An error as AWS' JSON services answer it. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Answers AWS' JSON protocol with one function an operation. */
export function jsonService(operations: ReadonlyMap<string, (input: JsonInput) => unknown>): Respond {
  async function answer(
    operation: string,
    body: string,
  ): Promise<{ readonly status: number; readonly output: unknown }> {
    try {
      const handle = operations.get(operation);
      if (handle === undefined) throw new AwsError('UnknownOperationException', `No local stand-in for ${operation}`);
      return { status: 200, output: (await handle(JSON.parse(body))) ?? {} };
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      return { status: cause.status, output: { __type: cause.code, message: cause.message } };
    }
  }

  return (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const operation = target.slice(target.indexOf('.') + 1);
    text(request)
      .then((body) => answer(operation, body))
      .then(({ status, output }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(output));
      })
      .catch((cause: unknown) => response.destroy(cause as Error));
  };
}
