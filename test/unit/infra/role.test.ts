import { describe, expect, it } from 'vitest';
import { arnOf } from '../../../local/intrinsics.ts';
import { isAllowed } from '../../support/iam.ts';
import { createResources } from '../../support/stack.ts';

describe('the role follows the parameters', () => {
  const resources = createResources({
    archivePrefix: 'audit/das',
    quarantinePrefix: 'audit/poison',
    eventSource: 'com.example.audit',
  });
  const put = (key: string) => ({
    action: 's3:PutObject',
    resource: `${arnOf(resources, 'ArchiveBucket')}/${key}`,
    context: { 's3:if-none-match': '*' },
  });
  const get = (key: string) => ({ ...put(key), action: 's3:GetObject', context: {} });
  const publish = (source: string) => ({
    action: 'events:PutEvents',
    resource: arnOf(resources, 'ActivityBus'),
    context: { 'events:source': source },
  });

  it.each([
    ['archives there', put('audit/das/class=DDL/a'), true],
    ['compares there', get('audit/das/class=DDL/a'), true],
    ['quarantines there', put('audit/poison/reason=KEY_REJECTED/a'), true],
    ['publishes so', publish('com.example.audit'), true],
    ['and does not archive where others do', put('activity/class=DDL/a'), false],
    ['nor in the folder above', put('audit/other/a'), false],
    ['nor reads the quarantine', get('audit/poison/reason=KEY_REJECTED/a'), false],
    ['nor publishes as others do', publish('das-router'), false],
    ['nor as one that ends alike', publish('example.audit'), false],
  ])('%s', async (_what, request, expected) => {
    expect(await isAllowed(request, resources)).toBe(expected);
  });
});
