import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decode } from '../../../src/transforms/decode.ts';
import { readFixture, refusalOf } from '../../support/activity.ts';

const TYPE = 'DatabaseActivityMonitoringRecords';
const ENVELOPE = { type: TYPE, version: '1.1', databaseActivityEvents: 'bWVzc2FnZQ==', key: 'a2V5' };

const INVALID = { stage: 'decode', reason: 'ENVELOPE_INVALID' };

function toData(outer: unknown): string {
  return Buffer.from(typeof outer === 'string' ? outer : JSON.stringify(outer)).toString('base64');
}

const [heartbeat] = JSON.parse(readFixture('kinesis-event-aurora-postgresql-heartbeat')).records;

it.each([
  ...['envelope-aurora-postgresql-1', 'envelope-aurora-postgresql-2', 'envelope-aurora-mysql-1'].map(readFixture),
  Buffer.from(heartbeat.kinesis.data, 'base64').toString(),
])('a real outer record is decoded: %s', (text) => {
  const { message, key } = decode(toData(text));

  const { databaseActivityEvents, key: expectedKey } = JSON.parse(text);
  expect(Buffer.from(message).toString('base64')).toBe(databaseActivityEvents);
  expect(Buffer.from(key).toString('base64')).toBe(expectedKey);
  // Version and type of an AWS Encryption SDK message.
  expect([...message.subarray(0, 2)]).toEqual([1, 0x80]);
});

it.each<[string, unknown]>([
  ['as documented', ENVELOPE],
  ['of an unknown version', { ...ENVELOPE, version: '9.9' }],
  ['with unknown fields', { ...ENVELOPE, added: [1] }],
  ['with white space', JSON.stringify(ENVELOPE, null, 3)],
])('an envelope %s is decoded', (_, outer) => {
  const { message, key } = decode(toData(outer));

  expect([Buffer.from(message).toString(), Buffer.from(key).toString()]).toEqual(['message', 'key']);
});

const TEXT = JSON.stringify(ENVELOPE);
const NO_TEXT = [undefined, null, '', 5, ['a2V5']];
const NO_BASE64 = ['canary!!', 'QUI=QUI=', '====', 'a2V', 'a2V5\n\n\n\n', 'QUI\u0141'];
const TOO_LONG = Buffer.alloc(6145).toString('base64');
const replacing = (field: string, values: readonly unknown[]) =>
  values.map((value) => toData({ ...ENVELOPE, [field]: value }));

it.each<[string, readonly string[]]>([
  ['no base64', ['', TEXT, toData(TEXT).slice(0, -1)]],
  ['not UTF-8', [Buffer.from('7b22fffe227d', 'hex').toString('base64')]],
  ['not UTF-8 in an unknown field', [Buffer.from(TEXT.replace('{', '{"x":"é",'), 'latin1').toString('base64')]],
  ['no JSON', ['', 'canary', '{"canary":', TEXT.slice(0, -1), `${TEXT}${TEXT}`, '['.repeat(100_000)].map(toData)],
  ['no object', ['"canary"', '5', 'null', 'true', '{}', `[${TEXT}]`].map(toData)],
  ['of another type', replacing('type', [undefined, 'canary', 'DatabaseActivityMonitoringRecord', [TYPE]])],
  ['without a message', replacing('databaseActivityEvents', [...NO_TEXT, ...NO_BASE64])],
  ['without a key that KMS takes', replacing('key', [...NO_TEXT, ...NO_BASE64, TOO_LONG])],
])('an envelope that is %s is quarantined, and the error quotes nothing of it', (_, all) => {
  for (const data of all) expect(refusalOf(() => decode(data))).toEqual(INVALID);
});

it('a text is taken for base64 where a regular expression says that it is', () => {
  const sign = fc.constantFrom(...'AZaz09+/=-_ \n\t%Ł\u00e9\u0141\u2028');
  const text = fc.oneof(
    fc.string({ unit: sign, maxLength: 12 }),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    fc
      .tuple(fc.base64String({ maxLength: 12 }), sign, fc.base64String({ maxLength: 12 }))
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (key) => {
      const isBase64 = key.length > 0 && key.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(key);
      const data = toData({ ...ENVELOPE, key });

      if (isBase64) expect(Buffer.from(decode(data).key)).toEqual(Buffer.from(key, 'base64'));
      else expect(refusalOf(() => decode(data))).toEqual(INVALID);
    }),
    { numRuns: 5000 },
  );
});
