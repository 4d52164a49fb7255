import { findDifferences, type PutRecord } from './accounts.ts';
import { type Consumer, packageConsumer, startConsumer } from './consumer.ts';
import { packageDeployment } from './deployment.ts';
import { type Outcome, readOutcome } from './outcome.ts';
import { startService } from './provision.ts';
import type { Service } from './service.ts';
import { createWorkload, type Instance, type WorkloadRecord } from './workload.ts';

/** A source of each engine; of the first cluster two instances write into its stream, each under a data key of its own. */
export const INSTANCES = [
  { engine: 'aurora-postgresql', resourceId: 'cluster-LOCALPOSTGRESQL', instanceId: 'db-LOCALWRITER' },
  { engine: 'aurora-mysql', resourceId: 'cluster-LOCALMYSQL', instanceId: 'db-LOCALMYSQL' },
  { engine: 'aurora-postgresql', resourceId: 'cluster-LOCALPOSTGRESQL', instanceId: 'db-LOCALREADER' },
  { engine: 'oracle', resourceId: 'db-LOCALORACLE', instanceId: 'db-LOCALORACLE' },
  { engine: 'sqlserver', resourceId: 'db-LOCALSQLSERVER', instanceId: 'db-LOCALSQLSERVER' },
] as const;

export const RESOURCE_IDS = [...new Set(INSTANCES.map(({ resourceId }) => resourceId))];

const PUT_AT_ONCE = 50;

/** Told of how far the work is. */
export type Progress = (done: number, total: number) => void;

export interface Run {
  readonly service: Service;
  readonly put: readonly PutRecord[];
}

/** The service with a consumer that lives on its events alone. */
export interface ConsumedService extends Service {
  readonly consumer: Consumer;
}

/** Packages `serverless.yml` and that of the sample consumer, and starts what they describe. */
export async function deployLocally(signal: AbortSignal): Promise<ConsumedService> {
  const [router, sample] = await Promise.all([packageDeployment(RESOURCE_IDS, signal), packageConsumer(signal)]);
  const service = await startService(router, RESOURCE_IDS);
  try {
    await sample.create(service.endpointUrl);
    const consumer = await startConsumer(sample, service);
    const close = async () => {
      await consumer.close();
      await service.close();
    };
    return { ...service, consumer, close };
  } catch (cause) {
    await service.close();
    throw cause;
  }
}

/** Writes the workload into the streams; answers what was put where. */
export async function putWorkload(
  service: Service,
  records: number,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<readonly PutRecord[]> {
  const instances: Instance[] = [];
  for (const instance of INSTANCES) {
    instances.push({ ...instance, dataKey: await service.generateDataKey(instance.resourceId) });
  }
  const put: PutRecord[] = [];
  let waiting: WorkloadRecord[] = [];

  async function putWaiting(): Promise<void> {
    for (const [resourceId, group] of Map.groupBy(waiting, (record) => record.resourceId)) {
      const positions = await service.put(
        resourceId,
        group.map(({ data }) => data),
      );
      for (const [index, position] of positions.entries())
        put.push({ ...(group[index] as WorkloadRecord), ...position });
    }
    waiting = [];
    onProgress(put.length, records);
  }

  for await (const record of createWorkload(records, instances)) {
    signal.throwIfAborted();
    waiting.push(record);
    if (waiting.length === PUT_AT_ONCE) await putWaiting();
  }
  await putWaiting();
  return put;
}

/** Waits until the function has acknowledged everything, then reads what came out. */
export async function finish(
  { service, put }: Run,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly differences: readonly string[] }> {
  await service.waitFor(put.length, signal);
  const outcome = await readOutcome(service);
  const { rules, config } = service.deployment;
  const violations = service.endSchemaCheck().map((violation) => `an event differs from its schema: ${violation}`);
  return { outcome, differences: [...findDifferences(put, outcome, rules, config), ...violations] };
}
