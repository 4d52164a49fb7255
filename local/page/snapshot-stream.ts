import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Snapshot } from './snapshot.ts';

const EVERY_MS = 1_000;

/**
 * Sends snapshots to whoever listens, as Server-Sent Events: the whole of one, once it is another than the last. While
 * nobody listens none is read. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createSnapshotStream(
  readSnapshot: () => Promise<Snapshot>,
  signal: AbortSignal,
): (response: ServerResponse) => void {
  // Each with the message that it got last.
  const listeners = new Map<ServerResponse, string>();
  let running = false;

  async function run(): Promise<void> {
    while (listeners.size > 0) {
      const message = `data: ${JSON.stringify(await readSnapshot())}\n\n`;
      for (const [listener, last] of listeners) {
        // Who does not read what was sent gets no more of it.
        if (message === last || listener.writableNeedDrain) continue;
        listener.write(message);
        listeners.set(listener, message);
      }
      await wait(EVERY_MS, undefined, { signal });
    }
  }

  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    listeners.set(response, '');
    response.once('close', () => listeners.delete(response));
    if (running) return;
    running = true;
    run()
      .catch((cause: unknown) => {
        if (!signal.aborted) console.error('What the page shows could not be read:', cause);
        // A browser whose connection ends makes another by itself.
        for (const listener of listeners.keys()) listener.destroy();
      })
      .finally(() => {
        running = false;
      });
  };
}
