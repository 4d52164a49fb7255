import { expect, it } from 'vitest';
import { decryptRecord, openRecord } from '../../src/open-record.ts';
import { createConfig, createOrigin } from '../support/activity.ts';

it('an error that nobody foresaw names the stage where it arose, holds the record back and says nothing of the content', async () => {
  const unwrap = async () => {
    throw new TypeError('canary');
  };

  const envelope = { type: 'DatabaseActivityMonitoringRecords', databaseActivityEvents: 'AAAA', key: 'AAAA' };
  const data = Buffer.from(JSON.stringify(envelope)).toString('base64');
  const record = { origin: createOrigin(), data, delivered: null };

  const { error, lines, published } = openRecord(
    await decryptRecord(record, unwrap, new AbortController().signal),
    createConfig(),
  );

  expect(error).toMatchObject({ stage: 'data-key', reason: null, code: 'TypeError' });
  expect(String(error)).not.toContain('canary');
  expect([lines.size, published.length]).toEqual([0, 0]);
});

it('content that cannot be opened makes a poison record of the stage that failed', () => {
  const record = { origin: createOrigin(), data: '', delivered: null };

  const { error, lines } = openRecord({ record, compressed: Buffer.from('canary') }, createConfig());

  expect(error).toMatchObject({ stage: 'decompress', reason: 'DECOMPRESS_FAILED' });
  expect(String(error)).not.toContain('canary');
  expect(lines.size).toBe(0);
});
