import { DescribeRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, inject, it } from 'vitest';
import { clientEnvironment, clientOptions } from '../../local/aws/index.ts';
import { CONSUMER_FOLDER } from '../../local/consumer.ts';
import { runServerless } from '../../local/package.ts';
import { blocksOf, readDocument } from '../support/documents.ts';
import { STACK } from './commands.ts';
import { readPhysicalIds } from './deployed.ts';

it('the last command of its README deploys the sample consumer: a rule on the bus, and a queue with a dead-letter queue', async () => {
  const endpointUrl = inject('endpointUrl');
  const options = clientOptions(endpointUrl, 'operator');
  const [block] = blocksOf(readDocument('examples/consumer/README.md'));
  const [, command = ''] = /npx serverless (.*)\n$/.exec(block?.text ?? '') ?? [];

  await runServerless(command.split(' '), clientEnvironment(endpointUrl, 'operator'), undefined, CONSUMER_FOLDER);

  const physicalIds = await readPhysicalIds(endpointUrl, 'refused-logins-dev');
  const Name = String(physicalIds.get('RefusedLoginRule')).replace(/^.*[/|]/, '');
  const rule = await new EventBridgeClient(options).send(new DescribeRuleCommand({ Name, EventBusName: STACK }));
  const QueueUrl = String(physicalIds.get('RefusedLoginQueue'));
  const { Attributes: queue = {} } = await new SQSClient(options).send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy', 'VisibilityTimeout'] }),
  );
  expect(JSON.parse(String(rule.EventPattern))).toEqual({ 'detail-type': ['Database Activity AUTH_FAILURE'] });
  expect(queue.VisibilityTimeout).toBe('180');
  expect(JSON.parse(String(queue.RedrivePolicy)).maxReceiveCount).toBe(5);
  expect([...physicalIds.keys()]).toEqual(
    expect.arrayContaining(['RefusalTable', 'AlertTopic', 'AlertKey', 'DeadLetterQueue', 'WatchLambdaFunction']),
  );
});
