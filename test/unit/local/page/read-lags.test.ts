import { expect, it } from 'vitest';
import { readLags } from '../../../../local/page/read-lags.ts';

const metric = (fields: object) => JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [] }, ...fields });

it('the lags are those of the metric in their order, one value or several, and nothing else in the log', () => {
  const log = [
    metric({ ProcessingLag: [120] }),
    'no JSON "_aws" "ProcessingLag"',
    metric({ ProcessingLag: 80, RecordsReceived: 3 }),
    '{"level":"WARN","ProcessingLag":9}',
    metric({ RecordsReceived: 1 }),
    metric({ ProcessingLag: [5, 7] }),
  ];

  expect(readLags(log)).toEqual([120, 80, 5, 7]);
});
