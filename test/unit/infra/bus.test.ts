import { describe, expect, it } from 'vitest';
import { ACCOUNT_ID, REGION } from '../../../local/aws/index.ts';
import { resolveIntrinsics } from '../../../local/intrinsics.ts';
import { compilePattern } from '../../../src/patterns/pattern.ts';
import { EVERYTHING, isAllowed } from '../../support/iam.ts';
import { createResources, resourcesOf } from '../../support/stack.ts';

const MEMBER = 'o-a1b2c3d4e5';
const ACCOUNTS = ['111122223333', '444455556666'];
const RULE = `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/das-router-test/their-rule`;
function subscriber(account: string, organisation: string, action: string, context = {}) {
  return {
    principal: `arn:aws:iam::${account}:role/subscriber`,
    action,
    resource: RULE,
    context: { 'aws:PrincipalAccount': account, 'aws:PrincipalOrgID': organisation, ...context },
  };
}

describe('with subscribers of an organisation the bus', () => {
  const resources = createResources({ subscribers: MEMBER });
  const ask = (account: string, organisation: string, action: string, context = {}) =>
    isAllowed(subscriber(account, organisation, action, context), resources, EVERYTHING);

  it.each(['events:PutRule', 'events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule', 'events:DescribeRule'])(
    'lets a member %s its own rules, and nobody else',
    async (action) => {
      expect(await ask('111122223333', MEMBER, action, { 'events:creatorAccount': '111122223333' })).toBe(true);
      expect(await ask('111122223333', 'o-0000000000', action, { 'events:creatorAccount': '111122223333' })).toBe(
        false,
      );
      expect(await ask('111122223333', MEMBER, action, { 'events:creatorAccount': ACCOUNT_ID })).toBe(false);
    },
  );

  it('takes events from nobody', async () => {
    const bus = `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/das-router-test`;

    expect(
      await isAllowed(
        { ...subscriber('111122223333', MEMBER, 'events:PutEvents'), resource: bus },
        resources,
        EVERYTHING,
      ),
    ).toBe(false);
  });
});

describe('with subscribers of some accounts the bus', () => {
  const resources = createResources({ subscribers: ACCOUNTS.join(',') });

  it.each([...ACCOUNTS, '777788889999'])('lets those in and no other: %s', async (account) => {
    const context = { 'events:creatorAccount': account };

    const allowed = await isAllowed(subscriber(account, MEMBER, 'events:PutRule', context), resources, EVERYTHING);

    expect(allowed).toBe(ACCOUNTS.includes(account));
  });
});

describe('the consumers', () => {
  it('get what they are for', () => {
    const resources = createResources({ eventSource: 'com.example.audit' });
    const event = (detailType: string) => ({ source: 'com.example.audit', 'detail-type': detailType });
    const targetsOf = (detailType: string) =>
      resourcesOf(resources, 'AWS::Events::Rule')
        .filter(({ Properties: { EventPattern: pattern } }) => compilePattern(pattern)(event(detailType)))
        .flatMap(({ Properties: { Targets: targets } }) => (targets as readonly { Id: string }[]).map(({ Id }) => Id));

    expect(targetsOf('Database Activity DDL')).toEqual(['DdlQueue']);
    expect(targetsOf('Database Activity DML')).toEqual(['DmlQueue']);
    expect(targetsOf('Database Activity AUTH_FAILURE')).toEqual(['AuthFailureTopic']);
    expect(targetsOf('Database Activity Record Quarantined')).toEqual(['OperatorsTopic']);
    expect(targetsOf('Database Activity DQL')).toEqual([]);
  });

  it('can be left out: the operators still hear of quarantined records', () => {
    const resources = createResources({ sampleConsumers: false });
    const ofType = (type: string) => Object.keys(resources).filter((logicalId) => resources[logicalId]?.Type === type);

    expect(ofType('AWS::Events::Rule')).toEqual(['QuarantineRule']);
    expect(ofType('AWS::SQS::Queue')).toEqual(['QuarantineDeadLetterQueue']);
    expect(ofType('AWS::SNS::Topic')).toEqual(['OperatorsTopic']);
    expect(resources.ActivityBusPolicy).toBeUndefined();
  });

  it.each([
    ['none', undefined],
    ['dba@example.com', [{ Protocol: 'email', Endpoint: 'dba@example.com' }]],
  ])('and the operators are told at %s', (alarmEmail, subscription) => {
    const resources = createResources({ alarmEmail });

    expect(resources.OperatorsTopic?.Properties.Subscription).toEqual(subscription);
    expect(resources.AuthFailureTopic?.Properties.Subscription).toEqual(subscription);
  });

  it('can have what was published replayed', () => {
    const resources = createResources({ busArchiveDays: 12 });

    expect(resolveIntrinsics(resources.ActivityBusArchive?.Properties, resources)).toMatchObject({
      SourceArn: `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/das-router-test`,
      RetentionDays: 12,
    });
  });
});
