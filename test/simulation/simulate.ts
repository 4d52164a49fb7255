import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Call } from '../../local/aws/endpoint.ts';
import type { FailEntry } from '../../local/aws/event-bridge.ts';
import type { Fault } from '../../local/aws/faults.ts';
import { clientEnvironment } from '../../local/aws/index.ts';
import { streamArn } from '../../local/deployment.ts';
import { type Disturbance, ThrottledError } from '../../local/mapping/deliver.ts';
import type { EventRecord } from '../../local/mapping/event-records.ts';
import type { FailureObject } from '../../local/mapping/failure-object.ts';
import { runMapping } from '../../local/mapping/run-mapping.ts';
import type { MappingSettings } from '../../local/mapping/settings.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { ROOT } from '../../local/package.ts';
import { quarantinedNumber } from '../support/batch.ts';
import { breakCalls, createConnections } from './break-calls.ts';
import { createDice } from './dice.ts';
import { fillStream } from './fill-stream.ts';
import { createMemoryStream, type Put } from './memory-stream.ts';
import { createSimulatedFunction, type Invoked } from './simulated-function.ts';
import { createStore, type Store } from './store.ts';
import { MAX_RECORD_BYTES, REFUSED, type Template } from './templates.ts';
import { createVirtualTime } from './virtual-time.ts';
import { CLUSTER, type World } from './world.ts';

/** What happens to a call of the function: a fault of the service, or the end of the caller. */
export type Mishap = Fault | { readonly kind: 'crash before' } | { readonly kind: 'crash after' };

/** What is put into the stream, how it is read, and what goes wrong; times in milliseconds from the start. */
export interface Scenario {
  readonly shards: number;
  readonly settings: Partial<MappingSettings>;
  readonly environment: Readonly<Record<string, string>>;
  readonly puts: readonly { readonly at: number; readonly template: Template; readonly partitionKey: string }[];
  readonly reshards: readonly { readonly at: number; readonly kind: 'split' | 'merge' }[];
  /** Of the function's n-th call, counted from 0. */
  readonly chooseMishap: (call: Call, number: number, now: number) => Mishap | null;
  readonly failEntry: (id: string, now: number) => string | null;
  readonly disturb: (now: number) => Disturbance | null;
  /** Whether Lambda has no room for an invocation. */
  readonly throttles: (now: number) => boolean;
}

export const QUIET: Scenario = {
  shards: 1,
  settings: {},
  environment: {},
  puts: [],
  reshards: [],
  chooseMishap: () => null,
  failEntry: () => null,
  disturb: () => null,
  throttles: () => false,
};

/** Records, by the names of their templates, that are delivered in one batch. */
export function createBatchScenario(
  names: readonly string[],
  { templates }: World,
  overrides: Partial<Scenario> = {},
): Scenario {
  const puts = names.map((name) => {
    const template = templates.find((candidate) => candidate.name === name);
    if (template === undefined) throw new Error(`There is no template ${name}`);
    return { at: 0, template, partitionKey: 'key' };
  });
  return { ...QUIET, puts, settings: { BatchSize: 100 }, ...overrides };
}

export interface PutTemplate extends Put {
  readonly template: Template;
}

/** An invocation that was answered. */
export interface Answer {
  readonly records: readonly EventRecord[];
  readonly response: unknown;
  /** What was stored and published when the answer came. */
  readonly archivedIds: ReadonlySet<string>;
  readonly quarantinedNumbers: ReadonlySet<string>;
  readonly publishedIds: ReadonlySet<string>;
}

/** What came of a scenario. */
export interface Observation {
  /** What the function was started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly puts: readonly PutTemplate[];
  readonly answers: readonly Answer[];
  /** Why invocations failed that no crash was meant for. */
  readonly failedInvocations: readonly string[];
  /** Whether anything made Lambda deliver a record in another batch than before, without the function's own report. */
  readonly disturbed: boolean;
  readonly failures: readonly FailureObject[];
  readonly events: readonly BusEvent[];
  readonly log: readonly string[];
  readonly calls: readonly Call[];
  /** Calls of KMS that were not made to fail, by execution environment. */
  readonly dataKeyCalls: ReadonlyMap<string, number>;
  readonly store: Store;
  /** Invokes the function once more, and observes it like any other invocation. */
  readonly invoke: (event: unknown) => Promise<Invoked>;
  /** Lets time pass until the work has settled. */
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  readonly bucket: string;
  /** How long it took, in virtual milliseconds. */
  readonly duration: number;
}

/** Half a minute before the hour, so that runs cross it. */
const START = Date.UTC(2026, 2, 1, 12, 59, 30);
/** What has not ended by then never will. */
const PATIENCE_MS = 6 * 3_600_000;

const BUNDLE = join(ROOT, 'dist', 'handler.cjs');

export async function simulate(scenario: Scenario, world: World, bundle = BUNDLE): Promise<Observation> {
  const time = createVirtualTime(START);
  const stream = createMemoryStream(scenario.shards, time.clock);
  const since = () => time.clock.now() - START;
  const [puts, answers, failedInvocations]: [PutTemplate[], Answer[], string[]] = [[], [], []];
  const [failures, events, calls]: [FailureObject[], BusEvent[], Call[]] = [[], [], []];
  const dataKeyCalls = new Map<string, number>();
  const invocations = new Set<Promise<unknown>>();
  let disturbed = false;
  // What is redriven afterwards meets no mishaps.
  let over = false;

  const failEntry: FailEntry = ({ Detail: detail }) => {
    const { metadata, data } = JSON.parse(String(detail));
    if (data.objectName === REFUSED) return 'MalformedDetail';
    return over ? null : scenario.failEntry(metadata.eventId ?? data.sequenceNumber, since());
  };
  const { deployment, endpoint } = world;
  const place = world.nextPlace();
  const environment = {
    ...deployment.environment,
    ARCHIVE_BUCKET: place.bucket,
    EVENT_BUS_NAME: place.bus,
    MAX_RECORD_BYTES: String(MAX_RECORD_BYTES),
    ...scenario.environment,
  };
  const connections = createConnections();
  const lambda = createSimulatedFunction(
    {
      file: bundle,
      timeoutMs: deployment.timeoutSeconds * 1000,
      random: createDice(0).roll,
      onKilled: connections.breakAll,
      environment: (caller) => ({ ...environment, ...clientEnvironment(endpoint.url, caller) }),
    },
    time,
  );
  const intercept = breakCalls(lambda, connections, time, (call) => {
    const mishap = over ? null : scenario.chooseMishap(call, calls.length, since());
    calls.push(call);
    disturbed ||= mishap?.kind === 'crash before' || mishap?.kind === 'crash after';
    if (mishap === null && call.operation === 'Decrypt') {
      dataKeyCalls.set(call.caller, (dataKeyCalls.get(call.caller) ?? 0) + 1);
    }
    return mishap;
  });
  await world.beginRun(place, { intercept, failEntry, onEvent: (event) => events.push(event) });
  const store = createStore(world.s3, place.bucket);

  async function invoke(event: unknown): Promise<Invoked> {
    const { Records: records } = event as { Records: readonly EventRecord[] };
    const invoked = await lambda.invoke(event).catch((cause: Error) => {
      if (!cause.message.includes('signal: killed')) failedInvocations.push(cause.message);
      throw cause;
    });
    const end = time.begin();
    await store.refresh().finally(end);
    answers.push({
      records,
      response: invoked.response,
      archivedIds: new Set(store.archivedIds),
      quarantinedNumbers: new Set([...store.quarantine.keys()].map(quarantinedNumber)),
      publishedIds: new Set(events.map(idOfEvent)),
    });
    return invoked;
  }

  const settings: MappingSettings = {
    ...(deployment.mappings[0] as MappingSettings),
    ...scenario.settings,
    EventSourceArn: streamArn(CLUSTER),
  };
  const stop = new AbortController();
  const patience = time.timers.setTimeout(() => stop.abort(), PATIENCE_MS);
  const mapping = runMapping(
    settings,
    {
      stream,
      clock: time.clock,
      mappingId: '11111111-2222-3333-4444-555555555555',
      functionArn: deployment.functionArn,
      async invoke(event) {
        if (scenario.throttles(since())) throw new ThrottledError();
        const invoked = invoke(event);
        invocations.add(invoked);
        return (await invoked).response;
      },
      disturb: () => {
        const disturbance = scenario.disturb(since());
        disturbed ||= disturbance !== null;
        return disturbance;
      },
      writeFailure: async (failure) => {
        if (JSON.parse(failure.body).requestContext.condition === 'RecordAgeExceeded') disturbed = true;
        failures.push(failure);
        const { key: Key, body: Body } = failure;
        const end = time.begin();
        await world.s3.send(new PutObjectCommand({ Bucket: place.bucket, Key, Body })).finally(end);
      },
      onAcknowledged: () => undefined,
      onDiscarded: () => undefined,
    },
    stop.signal,
  );
  fillStream(scenario, stream, time, (put) => puts.push(put));
  await time.run(mapping);
  await time.run(Promise.allSettled(invocations));
  time.timers.clearTimeout(patience);
  if (stop.signal.aborted) failedInvocations.push('The stream was not read to its end');
  time.end();
  over = true;
  await store.refresh();
  const duration = since();

  return {
    environment,
    puts,
    answers,
    failedInvocations,
    disturbed,
    failures,
    events,
    calls,
    dataKeyCalls,
    store,
    duration,
    log: lambda.log,
    invoke,
    run: time.run,
    bucket: place.bucket,
  };
}

/** The id of an event on the bus; of an announcement of a quarantined record its sequence number. */
export function idOfEvent({ detail }: BusEvent): string {
  return detail.metadata.eventId ?? String(detail.data.sequenceNumber);
}
