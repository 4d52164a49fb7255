import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { type Call, type Intercept, type Respond, startEndpoint } from '../../local/aws/endpoint.ts';
import { createEventBridge, type FailEntry } from '../../local/aws/event-bridge.ts';
import { type Fault, injectFaults, REAL_WAITING } from '../../local/aws/faults.ts';
import { ACCOUNT_ID, clientEnvironment, clientOptions, KEY_ARN, REGION } from '../../local/aws/index.ts';
import { createKms } from '../../local/aws/kms.ts';
import { createLambda, type Mapping } from '../../local/aws/lambda.ts';
import { createStorage } from '../../local/aws/storage.ts';
import { generateDataKey } from '../../local/database-activity.ts';
import type { LambdaFunction } from '../../local/lambda.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { checkSchemas, refuseViolations } from '../../local/schema-violations.ts';
import { createSimulatedFunction } from '../simulation/simulated-function.ts';
import { createVirtualTime } from '../simulation/virtual-time.ts';
import { createBus } from './bus.ts';

export const BUCKET = 'archive';
export const BUS = 'activity';
const FUNCTION = 'function';
const TEST = 'test';
const FUNCTION_NAME = 'das-router';
/** The hour after the one in which the records of a batch arrive. */
const START = Date.UTC(2026, 2, 1, 13);

/** The built bundle on virtual time: back-off, time budget and timeouts take no real time. */
export type WiredFunction = Pick<LambdaFunction, 'invoke' | 'invokeWithLog' | 'log'>;

export type Wire = Awaited<ReturnType<typeof startWire>>;

/**
 * KMS, S3, EventBridge and Lambda on loopback, which fail on demand, and the built function on top. `others` are services
 * beside these, by their signing names.
 */
export async function startWire(others: ReadonlyMap<string, Respond> = new Map()) {
  const events: BusEvent[] = [];
  const deployed = new Map<string, WiredFunction>();
  const mappings: Mapping[] = [];
  let intercept: Intercept = () => false;
  let failEntry: FailEntry = () => null;
  const published = checkSchemas();
  const time = createVirtualTime(START);
  const deliver = async (_target: string, event: string) => {
    events.push(JSON.parse(event));
  };
  const storage = await createStorage(REGION);
  const lambda = createLambda(deployed, mappings);
  const place = { region: REGION, accountId: ACCOUNT_ID };
  const endpoint = await startEndpoint(
    new Map([
      ['kms', createKms(KEY_ARN)],
      ['events', createEventBridge(place, deliver, (entry) => failEntry(entry), published.check)],
      ['s3', storage],
      [
        'lambda',
        (request, response) => {
          // A caller in this process waits for the function, which may wait for time to pass.
          response.once('close', time.hold(request));
          lambda(request, response);
        },
      ],
      ...others,
    ]),
    (call, request, response, proceed) => {
      // The SDK would correct its virtual clock to the real one.
      response.sendDate = false;
      return call.caller !== TEST && intercept(call, request, response, proceed);
    },
  );
  const options = clientOptions(endpoint.url, TEST);
  const [s3, kms, bus] = [new S3Client(options), new KMSClient(options), new EventBridgeClient(options)];
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await createBus(bus, BUS);
  const calls = (by = FUNCTION) => endpoint.calls.filter(({ caller }) => caller === by);

  return {
    endpointUrl: endpoint.url,
    /** What the function called, or another caller. */
    calls,
    /** How often the function, or another caller, made this call, as in `kms Decrypt`. */
    count: (name: string, caller?: string) =>
      calls(caller).filter(({ service, operation }) => `${service} ${operation}` === name).length,
    /** Everything that reached a rule on the bus. */
    events: events as readonly BusEvent[],
    /** Handles the calls of all but the test itself in the place of the services from now on. */
    failWith(next: Intercept): void {
      intercept = next;
    },
    failEntries(next: FailEntry): void {
      failEntry = next;
    },
    generateDataKey: (resourceId: string) => generateDataKey(kms, KEY_ARN, resourceId),
    startFunction(environment: Readonly<Record<string, string>> = {}, timeoutSeconds = 60): WiredFunction {
      const { invoke, log } = createSimulatedFunction(
        {
          file: join(ROOT, 'dist', 'handler.cjs'),
          timeoutMs: timeoutSeconds * 1000,
          random: () => 0.5,
          environment: () => ({
            AWS_LAMBDA_FUNCTION_NAME: FUNCTION_NAME,
            ARCHIVE_BUCKET: BUCKET,
            EVENT_BUS_NAME: BUS,
            ...clientEnvironment(endpoint.url, FUNCTION),
            ...environment,
          }),
        },
        time,
      );
      const run = async (event: unknown) => (await time.run(invoke(event))).response;
      const wired: WiredFunction = {
        log,
        invoke: run,
        async invokeWithLog(event) {
          const before = log.length;
          const answer = await run(event).then(
            (response) => ({ response }),
            (cause: unknown) => ({ error: String(cause) }),
          );
          return { answer, log: log.slice(before) };
        },
      };
      deployed.set(FUNCTION_NAME, wired);
      return wired;
    },
    /** Which stream is mapped to which function; a test adds to it. */
    mappings,
    async listKeys(prefix: string): Promise<readonly string[]> {
      const pages = await Array.fromAsync(paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET, Prefix: prefix }));
      return pages.flatMap(({ Contents: contents = [] }) => contents.map(({ Key: key = '' }) => key));
    },
    /** The user metadata of an object. */
    async readMetadata(Key: string) {
      return (await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))).Metadata ?? {};
    },
    async readObject(Key: string): Promise<Buffer> {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return Buffer.from((await body?.transformToByteArray()) ?? []);
    },
    async writeObject(Key: string, Body: Uint8Array): Promise<void> {
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
    },
    async close(): Promise<void> {
      for (const client of [s3, kms, bus]) client.destroy();
      await endpoint.close();
      refuseViolations(published.end());
    },
  };
}

/** Has calls of a service fail with an error, as often as `times` says, and lets all other calls pass. */
export function failing(name: string, code: string, status: number, times?: number): Intercept {
  return faulty(name, { kind: 'error', code, status }, times);
}

/** Breaks the connection of calls of a service without a response. */
export function resetting(name: string): Intercept {
  return faulty(name, { kind: 'reset' });
}

/** Has calls of a service fail, as often as `times` says, and lets all other calls pass. */
export function faulty(name: string, fault: Fault, times = Number.POSITIVE_INFINITY): Intercept {
  let left = times;
  const isMeant = ({ service, operation }: Call) => `${service} ${operation}` === name && left-- > 0;
  return injectFaults((call) => (isMeant(call) ? fault : null), REAL_WAITING);
}
