import type { Call, Intercept } from '../../local/aws/endpoint.ts';
import { injectFaults } from '../../local/aws/faults.ts';
import type { Mishap } from './simulate.ts';
import type { SimulatedFunction } from './simulated-function.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Has calls of the function meet mishaps; refuses those of environments that are gone. */
export function breakCalls(
  lambda: Pick<SimulatedFunction, 'isDead' | 'kill'>,
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
    const mishap = chooseMishap(call);
    switch (mishap?.kind) {
      case 'crash before':
        lambda.kill(call.caller);
        request.socket.destroy();
        return true;
      case 'crash after':
        response.writeHead = () => response;
        response.write = () => true;
        response.end = () => {
          lambda.kill(call.caller);
          return response.destroy();
        };
        return false;
      default:
        return injectFaults(() => mishap, waiting)(call, request, response, proceed);
    }
  };
}
