import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type Endpoint, type Intercept, startEndpoint } from '../../local/aws/endpoint.ts';
import { createEventBridge, type FailEntry } from '../../local/aws/event-bridge.ts';
import { ACCOUNT_ID, clientOptions, KEY_ARN, REGION } from '../../local/aws/index.ts';
import { createKms } from '../../local/aws/kms.ts';
import { createStorage } from '../../local/aws/storage.ts';
import { generateDataKey } from '../../local/database-activity.ts';
import { type Deployment, readDeployment } from '../../local/deployment.ts';
import type { BusEvent } from '../../local/outcome.ts';
import type { Template as StackTemplate } from '../../local/package.ts';
import { createBus } from '../support/bus.ts';
import { sealTemplates, type Template } from './templates.ts';

export const CLUSTER = 'cluster-SIMULATED';

/** What runs share: the stand-ins, the deployment out of `serverless.yml`, and sealed records. */
export interface World {
  readonly endpoint: Endpoint;
  readonly s3: S3Client;
  readonly deployment: Deployment;
  readonly templates: readonly Template[];
  /** Names of a bucket and a bus that no run has used. */
  readonly nextPlace: () => Place;
  /** Makes a run's bucket and bus, and has its faults take effect. */
  readonly beginRun: (place: Place, run: Run) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a run sees and breaks. */
export interface Run {
  readonly intercept: Intercept;
  readonly failEntry: FailEntry;
  readonly onEvent: (event: BusEvent) => void;
}

export interface Place {
  readonly bucket: string;
  readonly bus: string;
}

/** `stack` is what `serverless package` makes of `serverless.yml`. */
export async function createWorld(stack: StackTemplate): Promise<World> {
  let run: Run = { intercept: () => false, failEntry: () => null, onEvent: () => undefined };
  let storage = await createStorage(REGION);
  let runs = 0;
  const endpoint = await startEndpoint(
    new Map([
      ['kms', createKms(KEY_ARN)],
      [
        'events',
        createEventBridge(
          { region: REGION, accountId: ACCOUNT_ID },
          async (_target, event) => run.onEvent(JSON.parse(event)),
          (entry) => run.failEntry(entry),
        ),
      ],
      ['s3', (request, response) => storage(request, response)],
    ]),
    (call, request, response, proceed) => {
      // The SDK would take the real time for the truth, and ask again with its clock corrected.
      response.sendDate = false;
      return call.caller.startsWith('environment-') && run.intercept(call, request, response, proceed);
    },
  );
  const options = clientOptions(endpoint.url, 'test');
  const [s3, kms, eventBridge] = [new S3Client(options), new KMSClient(options), new EventBridgeClient(options)];
  const generate = (resourceId: string) => generateDataKey(kms, KEY_ARN, resourceId);
  const templates = await sealTemplates(
    CLUSTER,
    [await generate(CLUSTER), await generate(CLUSTER)],
    await generate('cluster-OTHER'),
  );
  return {
    endpoint,
    s3,
    deployment: readDeployment(stack.Resources),
    templates,
    nextPlace() {
      runs++;
      return { bucket: `run-${runs}`, bus: `run-${runs}` };
    },
    async beginRun(place, next) {
      run = next;
      // What earlier runs stored is forgotten.
      storage = await createStorage(REGION);
      await s3.send(new CreateBucketCommand({ Bucket: place.bucket }));
      await createBus(eventBridge, place.bus);
    },
    async close() {
      for (const client of [s3, kms, eventBridge]) client.destroy();
      await endpoint.close();
    },
  };
}
