import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resources } from '../../infra/cloudformation.ts';
import { ACCOUNT_ID, clientEnvironment, clientOptions, queueUrl, REGION } from '../../local/aws/index.ts';
import { resolveIntrinsics } from '../../local/intrinsics.ts';
import type { BusEvent } from '../../local/outcome.ts';
import { BUS, EXPECTED, NAMES, type Publisher, startPublisher } from '../support/publisher.ts';
import { parseTemplate, READY_RULES, readBlocks } from '../support/subscribing.ts';
import { findErrors } from '../support/validate-template.ts';

interface PlacedRule {
  readonly name: string;
  readonly pattern: unknown;
}

/** Where a frame takes the rules. */
const RULES_MARK = /^ *# The rules, each as below\.\n/m;

const fill = (text: string) => text.replaceAll('111122223333', ACCOUNT_ID);

let publisher: Publisher;
let eventBridge: EventBridgeClient;
let sqs: SQSClient;
let folder: string;
let sampleOf: (event: BusEvent) => string;
let forms: Readonly<Record<string, readonly PlacedRule[]>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'das-router-subscriber-'));
  publisher = await startPublisher();
  const options = clientOptions(publisher.endpointUrl, 'test');
  eventBridge = new EventBridgeClient(options);
  sqs = new SQSClient(options);
  forms = {
    Serverless: await packageWithServerless(),
    CloudFormation: readTemplateRules(),
    'AWS CLI': readCommandRules(),
  };
  for (const [form, rules] of Object.entries(forms)) {
    for (const { name, pattern } of rules) await subscribe(toQueue(form, name), pattern);
  }
  sampleOf = await publisher.publishSamples();
});
afterAll(async () => {
  await publisher.close();
  await rm(folder, { recursive: true });
});

const toQueue = (form: string, rule: string) => `${form.toLowerCase().replace(' ', '-')}-${rule}`;

async function subscribe(name: string, pattern: unknown): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await eventBridge.send(new PutRuleCommand({ EventBusName: BUS, Name: name, EventPattern: JSON.stringify(pattern) }));
  const target = { Id: 'queue', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}` };
  await eventBridge.send(new PutTargetsCommand({ EventBusName: BUS, Rule: name, Targets: [target] }));
}

async function receive(queue: string): Promise<readonly string[]> {
  const request = { QueueUrl: queueUrl(publisher.endpointUrl, queue), MaxNumberOfMessages: 10, VisibilityTimeout: 600 };
  const { Messages: messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
  if (messages.length === 0) return [];
  return [...messages.map(({ Body: body = '' }) => body), ...(await receive(queue))];
}

/** Puts the document's frame and rules together, has Serverless package them, and reads the rules of its template. */
async function packageWithServerless(): Promise<readonly PlacedRule[]> {
  const [frame = ''] = readBlocks('yaml', { heading: '### Serverless' });
  const events = READY_RULES.map(({ name }) => readBlocks('yaml', { rule: name })[0] ?? '').join('');
  const service = frame.replace(RULES_MARK, () => `${events.replace(/^/gm, '      ').trimEnd()}\n`);
  await writeFile(join(folder, 'serverless.yml'), fill(service));
  await writeFile(join(folder, 'watch.js'), 'exports.handler = async () => undefined;\n');
  const program = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const env = { ...process.env, ...clientEnvironment('http://127.0.0.1:9', 'nobody') };
  await promisify(execFile)(process.execPath, [program, 'package'], { cwd: folder, env });
  const template = await readFile(join(folder, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8');
  return rulesOf(JSON.parse(template).Resources);
}

function composeTemplate(): string {
  const [frame = ''] = readBlocks('yaml', { heading: '### CloudFormation' });
  const rules = READY_RULES.map(({ name }) => readBlocks('yaml', { rule: name })[1] ?? '').join('');
  return fill(frame.replace(RULES_MARK, () => `${rules.replace(/^/gm, '  ').trimEnd()}\n`));
}

function readTemplateRules(): readonly PlacedRule[] {
  return rulesOf(parseTemplate(composeTemplate()).Resources);
}

function rulesOf(resources: Resources): readonly PlacedRule[] {
  return Object.values(resources)
    .filter(({ Type: type }) => type === 'AWS::Events::Rule')
    .map(({ Properties: { Name, EventBusName, EventPattern, Targets } }) => {
      const [target] = Targets as [{ RetryPolicy: unknown; DeadLetterConfig: { Arn: unknown } }];
      const deadLetters = resolveIntrinsics(target.DeadLetterConfig.Arn, resources);
      expect([EventBusName, deadLetters]).toEqual([BUS, expect.stringMatching(/^arn:aws:sqs:.*DeadLetters$/)]);
      expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
      return { name: String(Name), pattern: EventPattern };
    });
}

function readCommandRules(): readonly PlacedRule[] {
  return READY_RULES.map(({ name }) => {
    const [commands = ''] = readBlocks('sh', { rule: name });
    const [, named = '', pattern = ''] = /--name (\S+) --event-pattern '([^']*)'/.exec(commands) ?? [];
    return { name: named, pattern: JSON.parse(pattern) };
  });
}

describe.each(['Serverless', 'CloudFormation', 'AWS CLI'])('the ready rules, as %s has them,', (form) => {
  it('are all that there are', () => {
    expect(forms[form]?.map(({ name }) => name).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))(
    '%s gets what it must of all that is published, and nothing else',
    async (rule, samples) => {
      const bodies = await receive(toQueue(form, rule));

      expect(bodies.map((body) => sampleOf(JSON.parse(body))).sort()).toEqual(samples.toSorted());
    },
  );
});

it('every rule is shown two samples that match, and more that do not', () => {
  for (const [rule, samples] of Object.entries(EXPECTED)) {
    expect(samples.length, rule).toBeGreaterThanOrEqual(2);
    expect(NAMES.filter((name) => !samples.includes(name)).length, rule).toBeGreaterThanOrEqual(2);
  }
});

it("CloudFormation's own validator finds no error in the template", () => {
  expect(findErrors(composeTemplate())).toEqual([]);
});
