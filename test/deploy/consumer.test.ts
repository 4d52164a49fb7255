import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CreateEventBusCommand, DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientEnvironment, clientOptions } from '../../local/aws/index.ts';
import { CONSUMER_FOLDER } from '../../local/consumer.ts';
import { runServerless } from '../../local/package.ts';
import { blocksOf, readDocument } from '../support/documents.ts';
import { type Moto, startMoto } from './moto.ts';

const BUS = 'das-router-dev';

/** The last command of the consumer's README, without `npx serverless`. */
const [, DEPLOY = ''] =
  /npx serverless (.*)\n$/.exec(blocksOf(readDocument('examples/consumer/README.md'))[0]?.text ?? '') ?? [];

let moto: Moto;
let physical: ReadonlyMap<string, string>;
beforeAll(async () => {
  moto = await startMoto();
  const options = clientOptions(moto.url, 'operator');
  await new EventBridgeClient(options).send(new CreateEventBusCommand({ Name: BUS }));

  await runServerless(DEPLOY.split(' '), clientEnvironment(moto.url, 'operator'), undefined, CONSUMER_FOLDER);

  const request = new DescribeStackResourcesCommand({ StackName: 'refused-logins-dev' });
  const { StackResources: resources = [] } = await new CloudFormationClient(options).send(request);
  physical = new Map(resources.map(({ LogicalResourceId: name = '', PhysicalResourceId: id = '' }) => [name, id]));
}, 120_000);
afterAll(() => moto.close());

it('the sample consumer is deployed as its README says, with a rule on the bus and a dead-letter queue behind its own', async () => {
  const options = clientOptions(moto.url, 'operator');
  const Name = String(physical.get('RefusedLoginRule')).replace(/^.*[/|]/, '');
  const rule = await new EventBridgeClient(options).send(new DescribeRuleCommand({ Name, EventBusName: BUS }));
  const QueueUrl = String(physical.get('RefusedLoginQueue'));
  const { Attributes: queue = {} } = await new SQSClient(options).send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy', 'VisibilityTimeout'] }),
  );

  expect(JSON.parse(String(rule.EventPattern))).toEqual({ 'detail-type': ['Database Activity AUTH_FAILURE'] });
  expect(queue.VisibilityTimeout).toBe('180');
  expect(JSON.parse(String(queue.RedrivePolicy)).maxReceiveCount).toBe(5);
  expect([...physical.keys()]).toEqual(
    expect.arrayContaining(['RefusalTable', 'AlertTopic', 'AlertKey', 'DeadLetterQueue', 'WatchLambdaFunction']),
  );
});
