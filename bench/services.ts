import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type Call, type Respond, startEndpoint } from '../local/aws/endpoint.ts';
import { createEventBridge } from '../local/aws/event-bridge.ts';
import { injectFaults, REAL_WAITING } from '../local/aws/faults.ts';
import { ACCOUNT_ID, KEY_ARN, REGION } from '../local/aws/index.ts';
import { createKms } from '../local/aws/kms.ts';

/** Milliseconds that a service takes to answer, where there is latency. */
export const LATENCY = { kms: 10, s3: 30, eventBridge: 15 } as const;

const SERVICES = { kms: 'kms', s3: 's3', events: 'eventBridge' } as const;

export type Services = Awaited<ReturnType<typeof startServices>>;

/** What was handed over: lines of objects, and entries of the bus. */
export interface Received {
  readonly lines: number;
  readonly entries: number;
}

/** Stand-ins that count, and answer as late as they are told. S3 has no memory: objects can be written in every round. */
export async function startServices() {
  let isLate = false;
  let isReading = false;
  let [lines, entries] = [0, 0];
  const acceptObject: Respond = (request, response) => {
    const accept = () => response.writeHead(200, { etag: '"0"' }).end();
    if (!isReading) {
      request.resume().once('end', accept);
      return;
    }
    buffer(request).then(
      (body) => {
        lines += countLines(body);
        accept();
      },
      (cause: unknown) => response.destroy(cause as Error),
    );
  };
  const countEntry = () => {
    entries++;
    return null;
  };
  const endpoint = await startEndpoint(
    new Map([
      ['kms', createKms(KEY_ARN)],
      ['events', createEventBridge({ region: REGION, accountId: ACCOUNT_ID }, async () => undefined, countEntry)],
      ['s3', acceptObject],
    ]),
    injectFaults(
      ({ service }) =>
        isLate ? { kind: 'late', milliseconds: LATENCY[SERVICES[service as keyof typeof SERVICES]] } : null,
      REAL_WAITING,
    ),
  );
  return {
    url: endpoint.url,
    /** How often this caller called each service so far. */
    countCalls(name: string) {
      const count = (service: string) =>
        endpoint.calls.filter((call: Call) => call.caller === name && call.service === service).length;
      return { kms: count('kms'), s3: count('s3'), putEvents: count('events') };
    },
    setLate: (late: boolean) => {
      isLate = late;
    },
    /** Reads what arrives while the work is done, and says how much it was. */
    async reading(work: () => Promise<unknown>): Promise<Received> {
      isReading = true;
      [lines, entries] = [0, 0];
      await work();
      isReading = false;
      return { lines, entries };
    },
    close: endpoint.close,
  };
}

function countLines(body: Buffer): number {
  const text = gunzipSync(body);
  let count = 0;
  for (let at = text.indexOf(0x0a); at !== -1; at = text.indexOf(0x0a, at + 1)) count++;
  return count;
}
