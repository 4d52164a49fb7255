import { describe, expect, it } from 'vitest';
import { KEY_ARN } from '../../../local/aws/index.ts';
import { streamArn } from '../../../local/deployment.ts';
import { isAllowed, readRolePolicies } from '../../support/iam.ts';
import { CLUSTER, createResources, INSTANCE, resourcesOf } from '../../support/stack.ts';

const SECOND_KEY = KEY_ARN.replace('11111111', '99999999');

describe('several streams', () => {
  it('have a mapping each, whose logical id depends on its stream alone', () => {
    const mappingsOf = (streams: readonly string[]) =>
      Object.entries(createResources({ streamArn: streams.map(streamArn).join(',') }))
        .filter(([, { Type: type }]) => type === 'AWS::Lambda::EventSourceMapping')
        .map(([logicalId, { Properties: properties }]) => [logicalId, properties.EventSourceArn]);

    const both = mappingsOf([CLUSTER, INSTANCE]);

    expect(both.map(([, arn]) => arn)).toEqual([CLUSTER, INSTANCE].map(streamArn));
    expect(mappingsOf([INSTANCE])).toEqual(both.slice(1));
  });

  it('are read as the parameters say', () => {
    const resources = createResources({ batchSize: 100, batchWindowSeconds: 5, parallelizationFactor: 10 });

    for (const { Properties: properties } of resourcesOf(resources, 'AWS::Lambda::EventSourceMapping')) {
      expect(properties).toMatchObject({
        BatchSize: 100,
        MaximumBatchingWindowInSeconds: 5,
        ParallelizationFactor: 10,
      });
    }
  });

  it('each have their own alarms for silence, failures and losses', () => {
    const alarms = Object.keys(createResources()).filter((logicalId) => logicalId.includes('AlarmMapping'));

    expect(alarms).toHaveLength(6);
  });

  it('may be as many as fit into a role', () => {
    const resources = createResources({
      streamArn: Array.from({ length: 30 }, (_, n) => streamArn(`cluster-ABCDEFGHIJKLMNOPQRSTUVWX${n}`)).join(','),
    });

    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(JSON.stringify(readRolePolicies(resources)).length).toBeLessThan(10_240);
    expect(Object.keys(resources).length).toBeLessThan(500);
    expect(resourcesOf(resources, 'AWS::CloudWatch::Alarm').length).toBeLessThanOrEqual(100);
  });

  it('may be none: then nothing is read, and the archive of before is still queried', () => {
    const resources = createResources({ streamArn: 'none', formerSources: CLUSTER });

    const mappings = resourcesOf(resources, 'AWS::Lambda::EventSourceMapping');
    const written = JSON.stringify(readRolePolicies(resources));
    expect(mappings).toEqual([]);
    expect(written).not.toContain('kinesis:');
    expect(written).not.toContain(KEY_ARN);
    expect(JSON.stringify(resources.ActivityTable)).toContain(`"projection.source.values":"${CLUSTER}"`);
  });

  const CONTEXTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    [CLUSTER]: { 'kms:EncryptionContext:aws:rds:dbc-id': CLUSTER },
    [INSTANCE]: { 'kms:EncryptionContext:aws:rds:db-id': INSTANCE },
  };

  it.each<readonly [string, string, string, boolean]>([
    ['one key', KEY_ARN, CLUSTER, true],
    ['one key', KEY_ARN, INSTANCE, true],
    ['a key each', `${KEY_ARN},${SECOND_KEY}`, CLUSTER, true],
    ['a key each', `${KEY_ARN},${SECOND_KEY}`, INSTANCE, false],
  ])(
    'with %s the first key opens only the data keys of its own streams (%#)',
    async (_what, kmsKeyArn, resourceId, expected) => {
      const resources = createResources({ kmsKeyArn });

      const request = { action: 'kms:Decrypt', resource: KEY_ARN, context: CONTEXTS[resourceId] ?? {} };

      expect(await isAllowed(request, resources)).toBe(expected);
      expect(await isAllowed({ ...request, resource: SECOND_KEY }, resources)).toBe(
        !expected && kmsKeyArn.includes(','),
      );
    },
  );
});
