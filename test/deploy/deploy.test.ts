import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EventBridgeClient, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { findDifferences } from '../../local/accounts.ts';
import { ACCOUNT_ID, clientOptions, isTopic } from '../../local/aws/index.ts';
import { type BusEvent, readOutcome } from '../../local/outcome.ts';
import { putWorkload, RESOURCE_IDS } from '../../local/run.ts';
import { findSchemaViolations } from '../../local/schema-violations.ts';
import { runService } from '../../local/service.ts';
import { readDocument } from '../support/documents.ts';
import { type Deployed, readDeployed } from './deployed.ts';

const RECORDS = 90;

const endpointUrl = inject('endpointUrl');
let deployed: Deployed;

beforeAll(async () => {
  deployed = await readDeployed(endpointUrl);
});
afterAll(() => rm(dirname(deployed.bundle), { recursive: true }));

it('creates every resource of the template, except the types that the document lists as missing in moto', () => {
  const { template, physicalIds } = deployed;
  const typesOf = (isCreated: boolean) =>
    new Set(
      Object.entries(template.Resources)
        .filter(([logicalId]) => physicalIds.has(logicalId) === isCreated)
        .map(([, { Type: type }]) => type),
    );
  const document = readDocument('docs/testing-the-deployment.md');

  const documented = [...document.matchAll(/^\| `(AWS::[^`]+)` +\|/gm)].map(([, type]) => type);

  expect([...typesOf(false)].sort()).toEqual(documented.sort());
  expect(typesOf(true).intersection(typesOf(false))).toEqual(new Set());
});

it('the deployed function, mappings and rules account for every encrypted record in S3 and in the queues', async () => {
  const { deployment, bundle } = deployed;
  const topicRules = deployment.rules.filter(({ targets }) => targets.some(({ arn }) => isTopic(arn)));
  const rules = deployment.rules.filter((rule) => !topicRules.includes(rule));
  // Moto fails every call with an event that it would have to send to a topic.
  const eventBridge = new EventBridgeClient(clientOptions(endpointUrl, 'operator'));
  for (const { name: Rule, eventBusName: EventBusName, targets } of topicRules) {
    await eventBridge.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids: targets.map(({ id }) => id) }));
  }
  const service = runService(
    { ...deployment, rules },
    {
      endpointUrl,
      keyArn: inject('keyArn'),
      bundle,
      functionCalls: () => [],
      endSchemaCheck: () => [],
      close: async () => undefined,
    },
  );
  try {
    const { signal } = new AbortController();

    const put = await putWorkload(service, RECORDS, () => undefined, signal);
    await service.waitFor(put.length, signal);

    const read = await readOutcome(service);
    // A command of the documents publishes an event of another cluster.
    const isOwn = ({ detail }: BusEvent) => RESOURCE_IDS.some((id) => id === detail.data.resourceId);
    const consumers = new Map([...read.consumers].map(([rule, events]) => [rule, events.filter(isOwn)]));
    expect(findDifferences(put, { ...read, consumers }, rules, deployment.config)).toEqual([]);
    expect(rules.length).toBeGreaterThanOrEqual(2);
    for (const { name } of rules) expect(consumers.get(name)?.length).toBeGreaterThan(0);
    // Moto leaves the account out.
    const delivered = [...consumers.values()].flat().map((event) => ({ account: ACCOUNT_ID, ...event }));
    expect(delivered.flatMap(findSchemaViolations)).toEqual([]);
  } finally {
    await service.close();
  }
});
