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
import { type DataKey, generateDataKey } from '../../local/database-activity.ts';
import { createFunction, type LambdaFunction } from '../../local/lambda.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { checkSchemas, refuseViolations } from '../../local/schema-violations.ts';
import { createBus } from './bus.ts';

export const BUCKET = 'archive';
export const BUS = 'activity';
const FUNCTION = 'function';
const TEST = 'test';

/** KMS, S3, EventBridge and Lambda on loopback, which fail on demand, and the built function on top. */
export interface Wire {
  readonly endpointUrl: string;
  /** What the function called, or another caller. */
  readonly calls: (caller?: string) => readonly Call[];
  /** How often the function, or another caller, called this, as in `kms Decrypt`. */
  readonly count: (call: string, caller?: string) => number;
  /** Everything that reached a rule on the bus. */
  readonly events: readonly BusEvent[];
  /** Answers the calls of all but the test itself in the place of the services from now on. */
  readonly failWith: (intercept: Intercept) => void;
  readonly failEntries: (failEntry: FailEntry) => void;
  readonly generateDataKey: (resourceId: string) => Promise<DataKey>;
  readonly startFunction: (environment?: Readonly<Record<string, string>>, timeoutSeconds?: number) => LambdaFunction;
  /** Which stream is mapped to which function; a test adds to it. */
  readonly mappings: Mapping[];
  readonly listKeys: (prefix: string) => Promise<readonly string[]>;
  readonly readObject: (key: string) => Promise<Buffer>;
  /** Its user metadata. */
  readonly readMetadata: (key: string) => Promise<Readonly<Record<string, string>>>;
  readonly writeObject: (key: string, body: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `others` are services beside these, by their signing names. */
export async function startWire(others: ReadonlyMap<string, Respond> = new Map()): Promise<Wire> {
  const events: BusEvent[] = [];
  const functions: LambdaFunction[] = [];
  const deployed = new Map<string, LambdaFunction>();
  const mappings: Mapping[] = [];
  let intercept: Intercept = () => false;
  let failEntry: FailEntry = () => null;
  const published = checkSchemas();
  const deliver = async (_target: string, event: string) => {
    events.push(JSON.parse(event));
  };
  const storage = await createStorage(REGION);
  const place = { region: REGION, accountId: ACCOUNT_ID };
  const endpoint = await startEndpoint(
    new Map([
      ['kms', createKms(KEY_ARN)],
      ['events', createEventBridge(place, deliver, (entry) => failEntry(entry), published.check)],
      ['s3', storage],
      ['lambda', createLambda(deployed, mappings)],
      ...others,
    ]),
    (call, ...rest) => call.caller !== TEST && intercept(call, ...rest),
  );
  const options = clientOptions(endpoint.url, TEST);
  const [s3, kms, bus] = [new S3Client(options), new KMSClient(options), new EventBridgeClient(options)];
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await createBus(bus, BUS);
  const calls = (by = FUNCTION) => endpoint.calls.filter(({ caller }) => caller === by);

  return {
    endpointUrl: endpoint.url,
    calls,
    count: (name, caller) =>
      calls(caller).filter(({ service, operation }) => `${service} ${operation}` === name).length,
    events,
    failWith: (next) => {
      intercept = next;
    },
    failEntries: (next) => {
      failEntry = next;
    },
    generateDataKey: (resourceId) => generateDataKey(kms, KEY_ARN, resourceId),
    startFunction(environment = {}, timeoutSeconds = 60) {
      const lambda = createFunction({
        file: join(ROOT, 'dist', 'handler.cjs'),
        functionName: 'das-router',
        functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:das-router`,
        timeoutSeconds,
        memoryMb: 1024,
        environment: {
          ARCHIVE_BUCKET: BUCKET,
          EVENT_BUS_NAME: BUS,
          ...clientEnvironment(endpoint.url, FUNCTION),
          ...environment,
        },
      });
      functions.push(lambda);
      deployed.set('das-router', lambda);
      return lambda;
    },
    mappings,
    async listKeys(prefix) {
      const keys: string[] = [];
      for await (const { Contents: contents = [] } of paginateListObjectsV2(
        { client: s3 },
        { Bucket: BUCKET, Prefix: prefix },
      )) {
        keys.push(...contents.map(({ Key: key = '' }) => key));
      }
      return keys;
    },
    async readMetadata(key) {
      const { Metadata: metadata = {} } = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
      return metadata;
    },
    async readObject(key) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      return Buffer.from((await body?.transformToByteArray()) ?? []);
    },
    async writeObject(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
    },
    async close() {
      await Promise.all(functions.map((lambda) => lambda.close()));
      for (const client of [s3, kms, bus]) client.destroy();
      await endpoint.close();
      refuseViolations(published.end());
    },
  };
}

/** Answers calls of a service with an error, as often as `times` says, and lets all other calls pass. */
export function failing(name: string, code: string, status: number, times?: number): Intercept {
  return faulty(name, { kind: 'error', code, status }, times);
}

/** Breaks the connection of calls of a service without an answer. */
export function resetting(name: string): Intercept {
  return faulty(name, { kind: 'reset' });
}

/** Has calls of a service fail, as often as `times` says, and lets all other calls pass. */
export function faulty(name: string, fault: Fault, times = Number.POSITIVE_INFINITY): Intercept {
  let left = times;
  const isMeant = ({ service, operation }: Call) => `${service} ${operation}` === name && left-- > 0;
  return injectFaults((call) => (isMeant(call) ? fault : null), REAL_WAITING);
}
