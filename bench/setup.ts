import { KMSClient } from '@aws-sdk/client-kms';
import { clientEnvironment, clientOptions, KEY_ARN } from '../local/aws/index.ts';
import { type DataKey, generateDataKey } from '../local/database-activity.ts';
import { packageDeployment } from '../local/deployment.ts';
import type { MappingSettings } from '../local/mapping/settings.ts';
import type { Setup } from './measure.ts';
import { CLUSTER } from './records.ts';
import type { Services } from './services.ts';

const DATA_KEYS = 2;

/** What all measurements need: the settings of `serverless.yml`, and data keys of the cluster. */
export async function prepare(services: Services, rounds: number) {
  const { deployment } = await packageDeployment([CLUSTER], new AbortController().signal);
  const mapping = deployment.mappings[0] as MappingSettings;
  const { publishClasses, publishAuxiliary } = deployment.config;
  const setup: Setup = {
    services,
    rounds,
    batchSize: mapping.BatchSize,
    memoryMb: deployment.memoryMb,
    timeoutMs: deployment.timeoutSeconds * 1000,
    environmentOf: (name) => ({ ...deployment.environment, ...clientEnvironment(services.url, name) }),
    isPublished: (fate) => publishClasses.has(fate.class) && (publishAuxiliary || !fate.auxiliary),
  };
  return { setup, mapping, dataKeys: await generateDataKeys(services) };
}

async function generateDataKeys(services: Services): Promise<readonly DataKey[]> {
  const kms = new KMSClient(clientOptions(services.url, 'database'));
  const keys = await Promise.all(Array.from({ length: DATA_KEYS }, () => generateDataKey(kms, KEY_ARN, CLUSTER)));
  kms.destroy();
  return keys;
}
