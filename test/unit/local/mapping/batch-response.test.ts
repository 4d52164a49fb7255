import { expect, it } from 'vitest';
import { countAcknowledged } from '../../../../local/mapping/batch-response.ts';

const SEQUENCE_NUMBERS = ['101', '102', '103'];

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
it.each<[string, unknown, number]>([
  ['an empty list is success', { batchItemFailures: [] }, 3],
  ['a null list is success', { batchItemFailures: null }, 3],
  ['an empty response is success', {}, 3],
  ['a null response is success', null, 3],
  ['no response is success', undefined, 3],
  ['the first record fails all', { batchItemFailures: [{ itemIdentifier: '101' }] }, 0],
  ['the second record keeps the first', { batchItemFailures: [{ itemIdentifier: '102' }] }, 1],
  ['the last record keeps those before', { batchItemFailures: [{ itemIdentifier: '103' }] }, 2],
  [
    'of several the first record is the checkpoint',
    { batchItemFailures: [{ itemIdentifier: '103' }, { itemIdentifier: '102' }] },
    1,
  ],
  ['an empty identifier fails all', { batchItemFailures: [{ itemIdentifier: '' }] }, 0],
  ['a null identifier fails all', { batchItemFailures: [{ itemIdentifier: null }] }, 0],
  ['a bad key name fails all', { batchItemFailures: [{ identifier: '103' }] }, 0],
  ['a null failure fails all', { batchItemFailures: [null] }, 0],
  ['an unknown identifier fails all', { batchItemFailures: [{ itemIdentifier: '999' }] }, 0],
  ['a number is no identifier', { batchItemFailures: [{ itemIdentifier: 103 }] }, 0],
  [
    'one unknown identifier among known ones fails all',
    { batchItemFailures: [{ itemIdentifier: '103' }, { itemIdentifier: '999' }] },
    0,
  ],
  ['a list that is none fails all', { batchItemFailures: { itemIdentifier: '103' } }, 0],
])('a response acknowledges as many records as Lambda would take it for: %s', (_, response, expected) => {
  expect(countAcknowledged(response, SEQUENCE_NUMBERS)).toBe(expected);
});
