import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../src/transforms/decode.ts';
import { errorOf, readFixture, refusalOf } from '../../support/activity.ts';

const ENVELOPE = {
  type: 'DatabaseActivityMonitoringRecords',
  version: '1.1',
  databaseActivityEvents: 'bWVzc2FnZQ==',
  key: 'a2V5',
};

function toData(outer: unknown): string {
  return Buffer.from(typeof outer === 'string' ? outer : JSON.stringify(outer)).toString('base64');
}

describe('a real outer record is decoded', () => {
  it.each(['envelope-aurora-postgresql-1', 'envelope-aurora-postgresql-2', 'envelope-aurora-mysql-1'])('%s', (name) => {
    const text = readFixture(name);

    const { message, key } = decode(toData(text));

    const { databaseActivityEvents, key: expectedKey } = JSON.parse(text);
    expect(Buffer.from(message).toString('base64')).toBe(databaseActivityEvents);
    expect(Buffer.from(key).toString('base64')).toBe(expectedKey);
    // Version and type of an AWS Encryption SDK message.
    expect([...message.subarray(0, 2)]).toEqual([1, 0x80]);
  });

  it('the heartbeat of a recorded event', () => {
    const { records } = JSON.parse(readFixture('kinesis-event-aurora-postgresql-heartbeat'));

    const { message } = decode(records[0].kinesis.data);

    expect([...message.subarray(0, 2)]).toEqual([1, 0x80]);
  });
});

describe('what a record may have besides does not matter', () => {
  it.each<[string, unknown]>([
    ['as documented', ENVELOPE],
    ['an unknown version', { ...ENVELOPE, version: '9.9' }],
    ['no version', { ...ENVELOPE, version: undefined }],
    ['unknown fields', { ...ENVELOPE, added: [1] }],
    ['white space', JSON.stringify(ENVELOPE, null, 3)],
  ])('%s', (_, outer) => {
    const { message, key } = decode(toData(outer));

    expect([Buffer.from(message).toString(), Buffer.from(key).toString()]).toEqual(['message', 'key']);
  });
});

describe('a malformed envelope is refused for ever', () => {
  it.each<[string, string]>([
    ['empty', ''],
    ['base64 of nothing', toData('')],
    ['not base64', '{"type":"DatabaseActivityMonitoringRecords"}'],
    ['truncated base64', toData(ENVELOPE).slice(0, -1)],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]).toString('base64')],
    [
      'not UTF-8 inside a field that is not needed',
      Buffer.from(JSON.stringify({ ...ENVELOPE, x: 'é' }), 'latin1').toString('base64'),
    ],
    ['not JSON', toData('canary')],
    ['truncated JSON', toData(JSON.stringify(ENVELOPE).slice(0, -1))],
    ['two JSON texts', toData(`${JSON.stringify(ENVELOPE)}${JSON.stringify(ENVELOPE)}`)],
    ['a nesting bomb', toData('['.repeat(100_000))],
    ['an array', toData([ENVELOPE])],
    ['a text', toData('"canary"')],
    ['a number', toData('5')],
    ['null', toData('null')],
    ['true', toData('true')],
    ['an empty object', toData({})],
    ['no type', toData({ ...ENVELOPE, type: undefined })],
    ['an unknown type', toData({ ...ENVELOPE, type: 'canary' })],
    ['the type of the inner record', toData({ ...ENVELOPE, type: 'DatabaseActivityMonitoringRecord' })],
    ['a type that is no text', toData({ ...ENVELOPE, type: ['DatabaseActivityMonitoringRecords'] })],
    ...(['databaseActivityEvents', 'key'] as const).flatMap((field): [string, string][] => [
      [`no ${field}`, toData({ ...ENVELOPE, [field]: undefined })],
      [`null for ${field}`, toData({ ...ENVELOPE, [field]: null })],
      [`an empty ${field}`, toData({ ...ENVELOPE, [field]: '' })],
      [`a number for ${field}`, toData({ ...ENVELOPE, [field]: 5 })],
      [`a list for ${field}`, toData({ ...ENVELOPE, [field]: ['a2V5'] })],
      [`${field} that is not base64`, toData({ ...ENVELOPE, [field]: 'canary!!' })],
      [`${field} with padding in the middle`, toData({ ...ENVELOPE, [field]: 'QUI=QUI=' })],
      [`${field} of padding`, toData({ ...ENVELOPE, [field]: '====' })],
      [`a truncated ${field}`, toData({ ...ENVELOPE, [field]: 'a2V' })],
      [`a line break in ${field}`, toData({ ...ENVELOPE, [field]: 'a2V5\n\n\n\n' })],
      [`a letter that is not ASCII in ${field}`, toData({ ...ENVELOPE, [field]: 'QUI\u0141' })],
    ]),
    ['a key that KMS would not take', toData({ ...ENVELOPE, key: Buffer.alloc(6145).toString('base64') })],
  ])('%s', (_, data) => {
    const refusal = refusalOf(() => decode(data));

    expect(refusal).toEqual({ stage: 'decode', reason: 'ENVELOPE_INVALID' });
  });

  it.each(['canary', '{"canary":', '"canary"'])('the error quotes nothing of it: %s', (text) => {
    const error = errorOf(() => decode(toData(text)));

    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain('canary');
    expect(error.cause).toBeUndefined();
  });
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
      else expect(refusalOf(() => decode(data))).toEqual({ stage: 'decode', reason: 'ENVELOPE_INVALID' });
    }),
    { numRuns: 5000 },
  );
});
