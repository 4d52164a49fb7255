import { describe, expect, it } from 'vitest';
import { readLags } from '../../../../local/page/read-lags.ts';

const metric = (fields: object) => JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [] }, ...fields });

describe('the lags', () => {
  it('are those of the metric in their order, be it one value or several', () => {
    const log = [
      metric({ ProcessingLag: [120] }),
      metric({ ProcessingLag: 80, RecordsReceived: 3 }),
      metric({ ProcessingLag: [5, 7] }),
    ];

    expect(readLags(log)).toEqual([120, 80, 5, 7]);
  });

  it('are read from nothing else in the log', () => {
    const log = [
      'no JSON "_aws" "ProcessingLag"',
      '{"level":"WARN","ProcessingLag":9}',
      metric({ RecordsReceived: 1 }),
    ];

    expect(readLags(log)).toEqual([]);
  });
});
