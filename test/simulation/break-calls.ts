import type { Socket } from 'node:net';
import type { Call, Intercept } from '../../local/aws/endpoint.ts';
import { injectFaults, loseAnswer } from '../../local/aws/faults.ts';
import type { Mishap } from './simulate.ts';
import type { SimulatedFunction } from './simulated-function.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The connections of each execution environment. */
export interface Connections {
  readonly add: (caller: string, socket: Socket) => void;
  readonly breakAll: (caller: string) => void;
}

export function createConnections(): Connections {
  const sockets = new Map<string, Set<Socket>>();
  return {
    add(caller, socket) {
      const own = sockets.get(caller) ?? new Set();
      sockets.set(caller, own.add(socket));
    },
    breakAll(caller) {
      for (const socket of sockets.get(caller) ?? []) socket.destroy();
    },
  };
}

/** Has calls of the function meet mishaps; refuses those of environments that are gone. */
export function breakCalls(
  lambda: Pick<SimulatedFunction, 'isDead' | 'kill'>,
  connections: Connections,
  { clock, hold }: VirtualTime,
  chooseMishap: (call: Call) => Mishap | null,
): Intercept {
  const waiting = {
    sleep: (milliseconds: number) => clock.sleep(milliseconds, new AbortController().signal),
    hold,
  };
  return (call, request, response, proceed) => {
    if (lambda.isDead(call.caller)) {
      request.socket.destroy();
      return true;
    }
    connections.add(call.caller, request.socket);
    const mishap = chooseMishap(call);
    switch (mishap?.kind) {
      case 'crash before':
        lambda.kill(call.caller);
        return true;
      case 'crash after':
        loseAnswer(response, () => lambda.kill(call.caller));
        return false;
      default:
        return injectFaults(() => mishap, waiting)(call, request, response, proceed);
    }
  };
}
