import { describe, expect, it } from 'vitest';
import { idsOf } from '../../../infra/cloudformation.ts';
import { ACCOUNT_ID, REGION } from '../../../local/aws/index.ts';
import { compilePattern } from '../../../src/patterns/pattern.ts';
import { EVERYTHING, isAllowed } from '../../support/iam.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

const ARN = `arn:aws:events:${REGION}:${ACCOUNT_ID}`;
const RULE = `${ARN}:rule/das-router-test/their-rule`;
const MEMBER = 'o-a1b2c3d4e5';
const [ACCOUNT = '', OTHER_ACCOUNT = ''] = ['111122223333', '444455556666'];

/** Asks whether somebody of an account and an organisation may do something with a rule that an account created. */
function ask(subscribers: string, account: string, organisation: string, action: string, creator = account) {
  const principal = `arn:aws:iam::${account}:role/subscriber`;
  const caller = { 'aws:PrincipalAccount': account, 'aws:PrincipalOrgID': organisation };
  const [resource, context] =
    action === 'events:PutEvents'
      ? [`${ARN}:event-bus/das-router-test`, caller]
      : [RULE, { ...caller, 'events:creatorAccount': creator }];
  return isAllowed({ principal, action, resource, context }, createResources({ subscribers }), EVERYTHING);
}

describe('the bus', () => {
  it.each(['events:PutRule', 'events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule', 'events:DescribeRule'])(
    'allows members of an organisation %s of their own rules, and nobody else',
    async (action) => {
      expect(await ask(MEMBER, ACCOUNT, MEMBER, action)).toBe(true);
      expect(await ask(MEMBER, ACCOUNT, 'o-0000000000', action)).toBe(false);
      expect(await ask(MEMBER, ACCOUNT, MEMBER, action, ACCOUNT_ID)).toBe(false);
    },
  );

  it('accepts events from no subscriber', async () => {
    expect(await ask(MEMBER, ACCOUNT, MEMBER, 'events:PutEvents')).toBe(false);
  });

  it('is open to the accounts that are given, and to no other', async () => {
    const isOpen = (account: string) => ask(`${ACCOUNT},${OTHER_ACCOUNT}`, account, MEMBER, 'events:PutRule');

    const accounts = [ACCOUNT, OTHER_ACCOUNT, '777788889999'];
    expect(await Promise.all(accounts.map(isOpen))).toEqual([true, true, false]);
  });
});

describe('the sample consumers', () => {
  it.each([
    ['DDL', ['DdlQueue']],
    ['DML', ['DmlQueue']],
    ['AUTH_FAILURE', ['AuthFailureTopic']],
    ['Record Quarantined', ['OperatorsTopic']],
    ['DQL', []],
  ])('get Database Activity %s where they are for it', (type, expected) => {
    const event = { source: 'com.example.audit', 'detail-type': `Database Activity ${type}` };
    const targets = resourcesOf(createResources({ eventSource: event.source }), 'AWS::Events::Rule')
      .filter(({ Properties: { EventPattern: pattern } }) => compilePattern(pattern)(event))
      .flatMap(({ Properties: { Targets: list } }) => list as readonly { Id: string }[]);

    expect(targets.map(({ Id }) => Id)).toEqual(expected);
  });

  it('can be left out: the operators are still told of quarantined records', () => {
    const resources = createResources({ sampleConsumers: false });

    expect(idsOf(resources, 'AWS::Events::Rule')).toEqual(['QuarantineRule']);
    expect(idsOf(resources, 'AWS::SQS::Queue')).toEqual(['QuarantineDeadLetterQueue']);
    expect(idsOf(resources, 'AWS::SNS::Topic')).toEqual(['OperatorsTopic']);
    expect(resources.ActivityBusPolicy).toBeUndefined();
  });
});

it.each([
  ['none', undefined],
  ['dba@example.com', [{ Protocol: 'email', Endpoint: 'dba@example.com' }]],
])('the topics send e-mail to %s', (alarmEmail, subscription) => {
  const { OperatorsTopic, AuthFailureTopic } = createResources({ alarmEmail });

  expect(OperatorsTopic?.Properties.Subscription).toEqual(subscription);
  expect(AuthFailureTopic?.Properties.Subscription).toEqual(subscription);
});
