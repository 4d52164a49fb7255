import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import FakeTimers from '@sinonjs/fake-timers';
import type { Clock } from '../../local/clock.ts';

/** Time that passes only when nothing else is left to do: real calls over the wire take none of it. */
export interface VirtualTime {
  readonly clock: Clock;
  /** `setTimeout`, `Date` and the like, on this time. */
  readonly timers: FakeTimers.Clock;
  /** Says that a request waits for time to pass; answers how to say that it does no more. */
  readonly hold: (request: IncomingMessage) => () => void;
  /** Counts work that is neither a call nor a timer: time does not pass before it has ended. */
  readonly begin: () => () => void;
  /** Lets time pass until the work has settled. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  /** Breaks the connections of requests that still wait. */
  readonly end: () => void;
}

/** Requests that any client in this process has under way. */
export const requestsInFlight = new Set<ClientRequest>();
subscribe('http.client.request.created', (message) => {
  const { request } = message as { request: ClientRequest };
  requestsInFlight.add(request);
  request.once('close', () => requestsInFlight.delete(request));
});

/** So many turns of the event loop without a call are taken for rest. */
const TURNS_OF_REST = 3;
const MOST_IDLE_TURNS = 20_000;

export function createVirtualTime(start: number): VirtualTime {
  const timers = FakeTimers.createClock(start);
  const held = new Map<number | undefined, Socket>();
  let begun = 0;

  const isBusy = () =>
    begun > 0 ||
    [...requestsInFlight].some((request) => !held.has(request.socket?.localPort)) ||
    process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));

  async function rest(): Promise<void> {
    for (let turns = 0; turns < TURNS_OF_REST; turns = isBusy() ? 0 : turns + 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  return {
    timers,
    clock: {
      now: () => timers.now,
      sleep: (milliseconds, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          const finish = () => {
            timers.clearTimeout(timer);
            signal.removeEventListener('abort', finish);
            resolve();
          };
          const timer = timers.setTimeout(finish, milliseconds);
          signal.addEventListener('abort', finish);
        }),
    },
    hold({ socket }) {
      const port = socket.remotePort;
      const release = () => {
        held.delete(port);
        socket.removeListener('close', release);
      };
      held.set(port, socket);
      socket.once('close', release);
      return release;
    },
    begin() {
      begun++;
      return () => {
        begun--;
      };
    },
    end() {
      for (const socket of held.values()) socket.destroy();
    },
    async run(work) {
      let settled = false;
      const finish = () => {
        settled = true;
      };
      work.then(finish, finish);
      for (let turns = 0; turns < MOST_IDLE_TURNS; turns++) {
        await rest();
        if (settled) return work;
        if (timers.countTimers() > 0) {
          timers.next();
          turns = 0;
        } else {
          // Whoever redrives waits by the real clock.
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      throw new Error('Nothing is under way, and nothing waits for time to pass');
    },
  };
}
