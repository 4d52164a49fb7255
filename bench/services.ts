import type { Respond } from '../local/aws/endpoint.ts';
import { startEndpoint } from '../local/aws/endpoint.ts';
import { createEventBridge } from '../local/aws/event-bridge.ts';
import { injectFaults, REAL_WAITING } from '../local/aws/faults.ts';
import { ACCOUNT_ID, KEY_ARN, REGION } from '../local/aws/index.ts';
import { createKms } from '../local/aws/kms.ts';

/** Milliseconds until each service answers. */
export interface Latency {
  readonly kms: number;
  readonly s3: number;
  readonly events: number;
}

export type Services = Awaited<ReturnType<typeof startServices>>;

/** Stand-ins that count what is called and answer as late as they are told. */
export async function startServices() {
  let latency: Latency | null = null;
  const endpoint = await startEndpoint(
    new Map([
      ['kms', createKms(KEY_ARN)],
      ['events', createEventBridge({ region: REGION, accountId: ACCOUNT_ID }, async () => undefined)],
      ['s3', acceptObject],
    ]),
    injectFaults(({ service }) => {
      const milliseconds = latency?.[service as keyof Latency] ?? 0;
      return milliseconds === 0 ? null : { kind: 'late', milliseconds };
    }, REAL_WAITING),
  );
  return {
    url: endpoint.url,
    /** What this caller called so far. */
    callsOf: (name: string) => endpoint.calls.filter(({ caller }) => caller === name),
    setLatency: (next: Latency | null) => {
      latency = next;
    },
    close: endpoint.close,
  };
}

/** S3 without a memory: the same objects can be written in every round. */
const acceptObject: Respond = (request, response) => {
  request.resume();
  request.once('end', () => response.writeHead(200, { etag: '"0"' }).end());
};
