import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Resources } from '../../infra/cloudformation.ts';
import { ACCOUNT_ID, clientEnvironment, clientOptions, REGION } from '../../local/aws/index.ts';
import { resolveIntrinsics } from '../../local/intrinsics.ts';
import { type BusEvent, readQueue } from '../../local/outcome.ts';
import { packageService, ROOT } from '../../local/package.ts';
import { createRules, createSurroundings } from '../../local/provision.ts';
import { matchesPattern } from '../../src/patterns/pattern.ts';
import { EXPECTED, type Publisher, startPublisher } from '../support/publisher.ts';
import { BUS, parseTemplate, READY_RULES, readBlocks } from '../support/subscribing.ts';
import { findErrors } from '../support/validate-template.ts';

/** The line of a frame at which the rules are put in. */
const RULES_MARK = /^ *# The rules, each as below\.\n/m;
const QUEUE = 'everything';
const TABLE = 'activity';

let publisher: Publisher;
let folder: string;
/** What the function publishes of the samples, by the name of the sample. */
let events: readonly (readonly [sample: string, event: BusEvent])[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-subscriber-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules', 'das-router'));
  await symlink(join(ROOT, 'node_modules', '@aws-sdk'), join(folder, 'node_modules', '@aws-sdk'));
  publisher = await startPublisher();
  const { endpointUrl } = publisher;
  const resources = { queues: [{ name: QUEUE, attributes: {} }], tables: [{ name: TABLE, key: 'eventId' }] };
  await createSurroundings({ buckets: [], buses: [], topics: [], ...resources }, endpointUrl);
  const targets = [{ id: 'queue', arn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${QUEUE}` }];
  const everything = { name: QUEUE, eventBusName: BUS, eventPattern: { source: ['das-router'] }, targets };
  await createRules([everything], endpointUrl);
  const sampleOf = await publisher.publishSamples();
  const sqs = new SQSClient(clientOptions(endpointUrl, 'test'));
  events = (await readQueue({ sqs, endpointUrl }, QUEUE)).map((event) => [sampleOf(event), event]);
  sqs.destroy();
  vi.stubEnv('TABLE_NAME', TABLE);
  for (const [name, value] of Object.entries(clientEnvironment(endpointUrl, 'consumer'))) vi.stubEnv(name, value);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(async () => {
  vi.unstubAllEnvs();
  await publisher.close();
  await rm(folder, { recursive: true });
});

/** Puts the rules of the document into its frame. */
function compose(heading: string, form: number, indent: string): string {
  const [frame = ''] = readBlocks('yaml', { heading });
  const rules = READY_RULES.map(({ name }) => readBlocks('yaml', { rule: name })[form] ?? '').join('');
  const filled = frame.replace(RULES_MARK, () => `${rules.replace(/^/gm, indent).trimEnd()}\n`);
  return filled.replaceAll('111122223333', ACCOUNT_ID);
}

async function packageWithServerless(): Promise<Resources> {
  const service = join(folder, 'service');
  await mkdir(service);
  await writeFile(join(service, 'serverless.yml'), compose('### Serverless', 0, '      '));
  await writeFile(join(service, 'watch.js'), 'exports.handler = async () => undefined;\n');
  return (await packageService({}, undefined, service)).template.Resources;
}

describe('the ready rules', () => {
  it.each<[string, () => Promise<Resources> | Resources]>([
    ['Serverless', packageWithServerless],
    ['CloudFormation', () => parseTemplate(compose('### CloudFormation', 1, '  ')).Resources],
  ])('are all in the template of %s, each with retries and a dead-letter queue', async (_, make) => {
    const resources = await make();

    const rules = Object.values(resources).filter(({ Type: type }) => type === 'AWS::Events::Rule');
    const found = rules.map(({ Properties: properties }) => resolveIntrinsics(properties, resources));
    const target = {
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: expect.stringMatching(/^arn:aws:sqs:.*DeadLetters$/) },
    };
    expect(found).toHaveLength(READY_RULES.length);
    for (const { name: Name, pattern: EventPattern } of READY_RULES) {
      const rule = { Name, EventBusName: BUS, EventPattern, Targets: [expect.objectContaining(target)] };
      expect(found).toContainEqual(expect.objectContaining(rule));
    }
  });

  it("have no error in the template by CloudFormation's own validator", () => {
    expect(findErrors(compose('### CloudFormation', 1, '  '))).toEqual([]);
  });

  it.each(READY_RULES)('$name matches its samples, and no other published event', ({ name, pattern }) => {
    const matched = events.filter(([, event]) => matchesPattern(pattern, event));

    expect(matched.map(([sample]) => sample).sort()).toEqual(EXPECTED[name]?.toSorted());
    expect(matched.length).toBeGreaterThanOrEqual(2);
    expect(events.length - matched.length).toBeGreaterThanOrEqual(2);
  });
});

/** Loads the document's code below a heading. It is compiled in test/integration/package.test.ts. */
async function load(heading: string) {
  const [code = ''] = readBlocks('ts', { heading });
  const file = join(folder, `${heading.replaceAll(/\W/g, '')}.ts`);
  await writeFile(file, code);
  return import(file);
}

describe("the document's code", () => {
  it('takes an event once, and reports only the messages that it could not take', async () => {
    const client = new DynamoDBClient(clientOptions(publisher.endpointUrl, 'test'));
    const [log, error] = (['log', 'error'] as const).map((name) => vi.spyOn(console, name).mockReturnValue());
    const { handler } = await load('## Take an event once');
    const metadata = { schemaVersion: '1.0', eventId: 'a/0' };
    const detail = { metadata, data: { class: 'DDL', action: 'DROP TABLE', user: null } };
    const event = JSON.stringify({ 'detail-type': 'Database Activity DDL', detail });
    const take = async (...bodies: readonly string[]) =>
      (await handler({ Records: bodies.map((body, index) => ({ messageId: String(index), body })) })).batchItemFailures;

    const taken = [await take(event, event), await take(event, '{"detail-type":"Something Else"}')];
    vi.stubEnv('TABLE_NAME', 'gone');
    const refused = await take(event);

    expect(taken).toEqual([[], [{ itemIdentifier: '1' }]]);
    expect(refused).toEqual([{ itemIdentifier: '0' }]);
    expect(log?.mock.calls).toEqual(Array.from({ length: 2 }, () => ['Was here before', 'a/0']));
    expect(error).toHaveBeenCalledTimes(2);
    const { Items: items } = await client.send(new ScanCommand({ TableName: TABLE }));
    expect(items).toEqual([{ eventId: { S: 'a/0' }, action: { S: 'DROP TABLE' }, user: { NULL: true } }]);
    client.destroy();
  });

  it('reads the whole of an event from the archive', async () => {
    const { readWhole } = await load('## Read the whole event');
    const [, event] = events.find(([sample]) => sample === 'select of 12,000 rows') ?? [];
    const { metadata } = event?.detail ?? {};

    expect(await readWhole(event)).toMatchObject({
      eventId: metadata?.eventId,
      class: 'DQL',
      record: { commandText: 'SELECT * FROM bonus', rowCount: 12_000 },
    });
    expect(await readWhole({ detail: { metadata: { ...metadata, archive: null } } })).toBeNull();
  });
});
