import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Call, Intercept } from './endpoint.ts';

/** How a call fails. */
export type Fault =
  /** The service answers so, and has done nothing. */
  | { readonly kind: 'error'; readonly code: string; readonly status: number }
  /** The connection breaks before the service has done anything. */
  | { readonly kind: 'reset' }
  /** The service has done it, and the connection breaks before the answer. */
  | { readonly kind: 'lost answer' }
  /** The service has done it, and its answer stops in the middle. */
  | { readonly kind: 'stalled answer' }
  /** No answer ever comes, and nothing is done. */
  | { readonly kind: 'hang' }
  /** All goes well, but late. */
  | { readonly kind: 'late'; readonly milliseconds: number };

/** Says how a call fails, or null where it does not. */
export type ChooseFault = (call: Call) => Fault | null;

/** The time that delays go by. */
export interface Waiting {
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Told of a request that waits for time to pass; answers how to say that it does no more. */
  readonly hold: (request: IncomingMessage) => () => void;
}

/** Delays by the real clock. */
export const REAL_WAITING: Waiting = { sleep: wait, hold: () => () => undefined };

/** Makes calls fail as real services do: on the wire, below the AWS SDK. */
export function injectFaults(chooseFault: ChooseFault, { sleep, hold }: Waiting): Intercept {
  return (call, request, response, proceed) => {
    const fault = chooseFault(call);
    switch (fault?.kind) {
      case undefined:
        return false;
      case 'error':
        answerError(call, fault, request, response);
        return true;
      case 'reset':
        request.socket.destroy();
        return true;
      case 'hang':
        hold(request);
        return true;
      case 'late': {
        const release = hold(request);
        sleep(fault.milliseconds).then(() => {
          release();
          if (!request.socket.destroyed) proceed();
        });
        return true;
      }
      case 'lost answer':
        loseAnswer(response);
        return false;
      case 'stalled answer':
        stallAnswer(response, () => hold(request));
        return false;
    }
  };
}

function answerError(
  { service }: Call,
  { code, status }: { readonly code: string; readonly status: number },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  const json = service !== 's3';
  response.writeHead(status, { 'content-type': json ? 'application/x-amz-json-1.1' : 'application/xml' });
  response.end(json ? JSON.stringify({ __type: code }) : `<Error><Code>${code}</Code></Error>`);
}

/** Has the service do its work, and breaks the connection in the place of its answer; `onLost` is told just before. */
export function loseAnswer(response: ServerResponse, onLost: () => void = () => undefined): void {
  response.writeHead = () => response;
  response.write = () => true;
  response.end = () => {
    onLost();
    return response.destroy();
  };
}

function stallAnswer(response: ServerResponse, onStalled: () => void): void {
  const { writeHead } = response;
  response.writeHead = ((status: number) =>
    writeHead.call(response, status, { 'content-length': 1_000 })) as typeof response.writeHead;
  response.write = () => true;
  response.end = () => {
    response.flushHeaders();
    onStalled();
    return response;
  };
}
