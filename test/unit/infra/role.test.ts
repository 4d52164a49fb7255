import { expect, it } from 'vitest';
import { arnOf } from '../../../local/intrinsics.ts';
import { isAllowed } from '../../support/iam.ts';
import { createResources } from '../../support/stack.ts';

const resources = createResources({
  archivePrefix: 'audit/das',
  quarantinePrefix: 'audit/poison',
  eventSource: 'com.example.audit',
});

it.each([
  ['archive', 's3:PutObject', 'audit/das/class=DDL/a', true],
  ['compare', 's3:GetObject', 'audit/das/class=DDL/a', true],
  ['quarantine', 's3:PutObject', 'audit/poison/reason=KEY_REJECTED/a', true],
  ['publish', 'events:PutEvents', 'com.example.audit', true],
  ['archive by default', 's3:PutObject', 'activity/class=DDL/a', false],
  ['write into the folder above', 's3:PutObject', 'audit/other/a', false],
  ['read the quarantine', 's3:GetObject', 'audit/poison/reason=KEY_REJECTED/a', false],
  ['publish by default', 'events:PutEvents', 'das-router', false],
  ['publish with a source that ends alike', 'events:PutEvents', 'example.audit', false],
])('the role follows the parameters: %s with %s of %s', async (_what, action, name, expected) => {
  const request =
    action === 'events:PutEvents'
      ? { resource: arnOf(resources, 'ActivityBus'), context: { 'events:source': name } }
      : { resource: `${arnOf(resources, 'ArchiveBucket')}/${name}`, context: { 's3:if-none-match': '*' } };

  expect(await isAllowed({ action, ...request }, resources)).toBe(expected);
});
