import { expect, it } from 'vitest';
import { countAcknowledged } from '../../../../local/mapping/batch-response.ts';

const SEQUENCE_NUMBERS = ['101', '102', '103'];

const items = (...identifiers: readonly unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
it.each<[string, number, readonly unknown[]]>([
  ['nothing reported', 3, [{ batchItemFailures: [] }, { batchItemFailures: null }, {}, null, undefined]],
  ['the first record', 0, [items('101')]],
  ['the second record', 1, [items('102'), items('103', '102')]],
  ['the last record', 2, [items('103')]],
  ['an empty identifier', 0, [items(''), items(null), { batchItemFailures: [{ identifier: '103' }] }, items(103)]],
  ['an unknown identifier', 0, [items('999'), items('103', '999')]],
  ['no list of failures', 0, [{ batchItemFailures: [null] }, { batchItemFailures: { itemIdentifier: '103' } }]],
])('as Lambda takes it, a response with %s acknowledges %d of three records: %j', (_, expected, responses) => {
  for (const response of responses) expect(countAcknowledged(response, SEQUENCE_NUMBERS)).toBe(expected);
});
