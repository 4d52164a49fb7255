import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { clientEnvironment, queueUrl } from './aws/index.ts';
import { realClock } from './clock.ts';
import { countMessages } from './count-messages.ts';
import {
  type DeployedFunction,
  type Rule,
  readFunction,
  readMappings,
  readRules,
  readSurroundings,
} from './deployment.ts';
import { createFunction, type LambdaFunction } from './lambda.ts';
import { pollQueue, type QueueMappingSettings } from './mapping/poll-queue.ts';
import { packageService, ROOT } from './package.ts';
import { createRules, createSurroundings } from './provision.ts';
import { queueOf, type Service } from './service.ts';

/** The sample consumer's folder. */
export const CONSUMER_FOLDER = join(ROOT, 'examples', 'consumer');

/** Who calls in the consumer's role. */
export const CONSUMER = 'consumer';

/** `examples/consumer`, deployed and running. */
export interface Consumer {
  readonly rules: readonly Rule[];
  /** Where its alerts can be read, and what it could not work off: names of queues. */
  readonly inbox: string;
  readonly deadLetterQueue: string;
  /** What its function wrote to its log, line by line. */
  readonly log: readonly string[];
  /** Waits until nothing is left in its queue. */
  readonly waitUntilIdle: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface PackagedConsumer {
  readonly lambda: DeployedFunction;
  readonly rules: readonly Rule[];
  readonly mapping: QueueMappingSettings;
  readonly inbox: string;
  readonly deadLetterQueue: string;
  /** A zip file. */
  readonly code: Uint8Array;
  /** Creates what it needs, and its rule on the service's bus. */
  readonly create: (endpointUrl: string) => Promise<void>;
}

const POLL_MS = 50;

/** A message that fails is shown again only after minutes. */
const PATIENCE_MS = 60_000;

export async function packageConsumer(signal: AbortSignal): Promise<PackagedConsumer> {
  const { template, code } = await packageService({}, signal, CONSUMER_FOLDER);
  const resources = template.Resources;
  const [surroundings, rules] = [readSurroundings(resources), readRules(resources)];
  const [mapping] = readMappings<QueueMappingSettings>(resources);
  const [topic = ''] = surroundings.topics;
  const deadLetterQueue = surroundings.queues.find(({ attributes }) => !('RedrivePolicy' in attributes));
  if (mapping === undefined || deadLetterQueue === undefined) throw new Error('examples/consumer has lost its queue');
  return {
    lambda: readFunction(resources),
    rules,
    mapping,
    inbox: queueOf(`arn:aws:sns:::${topic}`),
    deadLetterQueue: deadLetterQueue.name,
    code,
    async create(endpointUrl) {
      await createSurroundings(surroundings, endpointUrl);
      await createRules(rules, endpointUrl);
    },
  };
}

/** Runs the consumer, where what it needs was created. */
export async function startConsumer(
  packaged: PackagedConsumer,
  { endpointUrl, sqs }: Pick<Service, 'endpointUrl' | 'sqs'>,
): Promise<Consumer> {
  const { rules, mapping, inbox, deadLetterQueue } = packaged;
  const running = await runFunction(packaged, endpointUrl);
  const stop = new AbortController();
  const url = queueUrl(endpointUrl, mapping.EventSourceArn);
  const polled = pollQueue(mapping, { sqs, queueUrl: url, invoke: running.invoke }, stop.signal);
  // Whoever waits for it is told.
  polled.catch(() => undefined);
  return {
    rules,
    inbox,
    deadLetterQueue,
    log: running.log,
    async waitUntilIdle(signal) {
      const isBusy = async () => {
        const { waiting, inFlight } = await countMessages({ sqs, endpointUrl }, mapping.EventSourceArn);
        return waiting + inFlight > 0;
      };
      const patience = Date.now() + PATIENCE_MS;
      while (!signal.aborted && (await isBusy())) {
        if (Date.now() > patience) throw new Error(`The consumer is not done:\n${running.log.slice(-5).join('\n')}`);
        await Promise.race([realClock.sleep(POLL_MS, signal), polled]);
      }
    },
    async close() {
      stop.abort();
      await Promise.allSettled([polled]);
      await running.close();
    },
  };
}

/** Runs the packaged code. */
async function runFunction(
  { lambda, code }: Pick<PackagedConsumer, 'lambda' | 'code'>,
  endpointUrl: string,
): Promise<LambdaFunction> {
  const folder = await mkdtemp(join(tmpdir(), 'das-router-consumer-'));
  const file = join(folder, 'handler.cjs');
  await writeFile(file, unzipSync(code)['dist/handler.cjs'] ?? '');
  const environment = { ...lambda.environment, ...clientEnvironment(endpointUrl, CONSUMER) };
  const running = createFunction({ ...lambda, file, environment });
  return {
    ...running,
    async close() {
      await running.close();
      await rm(folder, { recursive: true });
    },
  };
}
