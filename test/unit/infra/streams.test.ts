import { describe, expect, it } from 'vitest';
import { idsOf } from '../../../infra/cloudformation.ts';
import { KEY_ARN } from '../../../local/aws/index.ts';
import { streamArn } from '../../../local/deployment.ts';
import { isAllowed, readRolePolicies } from '../../support/iam.ts';
import { valueAt } from '../../support/lookup.ts';
import { CLUSTER, createResources, INSTANCE, resourcesOf } from '../../support/stack.ts';

const SECOND_KEY = KEY_ARN.replace('11111111', '99999999');

describe('several streams', () => {
  it('have a mapping each, whose logical id depends on its stream alone', () => {
    const mappingsOf = (streams: readonly string[]) => {
      const resources = createResources({ streamArn: streams.map(streamArn).join() });
      const ids = idsOf(resources, 'AWS::Lambda::EventSourceMapping');
      return ids.map((logicalId) => [logicalId, valueAt(resources, `${logicalId}.EventSourceArn`)]);
    };

    const both = mappingsOf([CLUSTER, INSTANCE]);

    expect(both.map(([, arn]) => arn)).toEqual([CLUSTER, INSTANCE].map(streamArn));
    expect(mappingsOf([INSTANCE])).toEqual(both.slice(1));
  });

  it('may be as many as fit into a role', () => {
    const streams = Array.from({ length: 30 }, (_, n) => streamArn(`cluster-ABCDEFGHIJKLMNOPQRSTUVWX${n}`));
    const resources = createResources({ streamArn: streams.join() });

    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(JSON.stringify(readRolePolicies(resources)).length).toBeLessThan(10_240);
    expect(Object.keys(resources).length).toBeLessThan(500);
    expect(resourcesOf(resources, 'AWS::CloudWatch::Alarm').length).toBeLessThanOrEqual(100);
  });

  it('may be none: then nothing is read, and the archive of before is still queried', () => {
    const resources = createResources({ streamArn: 'none', formerSources: CLUSTER });

    expect(resourcesOf(resources, 'AWS::Lambda::EventSourceMapping')).toEqual([]);
    expect(JSON.stringify(readRolePolicies(resources))).not.toMatch(new RegExp(`kinesis:|${KEY_ARN}`));
    expect(JSON.stringify(resources.ActivityTable)).toContain(`"projection.source.values":"${CLUSTER}"`);
  });

  it.each<readonly [string, string, boolean, boolean]>([
    ['one key', KEY_ARN, true, false],
    ['a key each', `${KEY_ARN},${SECOND_KEY}`, false, true],
  ])('with %s each key decrypts only the data keys of its own streams', async (_what, kmsKeyArn, first, second) => {
    const resources = createResources({ kmsKeyArn });
    const mayDecrypt = (resource: string, name: string, value: string) => {
      const context = { [`kms:EncryptionContext:aws:rds:${name}`]: value };
      return isAllowed({ action: 'kms:Decrypt', resource, context }, resources);
    };

    expect(await mayDecrypt(KEY_ARN, 'dbc-id', CLUSTER)).toBe(true);
    expect(await mayDecrypt(KEY_ARN, 'db-id', INSTANCE)).toBe(first);
    expect(await mayDecrypt(SECOND_KEY, 'db-id', INSTANCE)).toBe(second);
    expect(await mayDecrypt(SECOND_KEY, 'dbc-id', CLUSTER)).toBe(false);
  });
});
