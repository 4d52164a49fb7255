import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readErrorCode, readId, readNumber, readText, readTime, readWord } from '../../../src/engines/fields.ts';

describe('a time becomes ISO 8601 in UTC, with its fraction kept', () => {
  it.each([
    ['microseconds', '2020-05-22 18:07:13.267214+00', '2020-05-22T18:07:13.267214Z'],
    ['seven digits', '2020-05-22 18:07:13.2672145+00', '2020-05-22T18:07:13.2672145Z'],
    ['a few digits', '2020-05-22 18:07:13.5+00', '2020-05-22T18:07:13.500000Z'],
    ['no fraction', '2020-05-22 18:07:13+00', '2020-05-22T18:07:13.000000Z'],
    ['leading zeros of the fraction', '2020-05-22 18:07:13.000004+00', '2020-05-22T18:07:13.000004Z'],
    ['no offset is UTC', '2020-05-22 18:07:13.267214', '2020-05-22T18:07:13.267214Z'],
    ['Z', '2020-05-22T18:07:13.267214Z', '2020-05-22T18:07:13.267214Z'],
    ['an offset to the east', '2020-05-22 18:07:13.267214+02', '2020-05-22T16:07:13.267214Z'],
    ['an offset to the west', '2020-05-22 18:07:13.267214-08', '2020-05-23T02:07:13.267214Z'],
    ['an offset with minutes', '2020-05-22 18:07:13.267214+05:30', '2020-05-22T12:37:13.267214Z'],
    ['an offset with minutes to the west', '2020-05-22 18:07:13.267214-03:30', '2020-05-22T21:37:13.267214Z'],
    ['an offset without a colon', '2020-05-22 18:07:13.267214+0530', '2020-05-22T12:37:13.267214Z'],
    ['an offset over the end of the year', '2020-12-31 23:30:00.000001-01', '2021-01-01T00:30:00.000001Z'],
    ['29 February of a leap year', '2024-02-29 00:00:00+00', '2024-02-29T00:00:00.000000Z'],
  ])('%s', (_, text, expected) => {
    expect(readTime(text)).toBe(expected);
  });
});

describe('an unreadable time is null', () => {
  it.each<[unknown]>([
    ['2020-02-31 00:00:00+00'],
    ['2023-02-29 00:00:00+00'],
    ['2020-04-31 00:00:00+00'],
    ['2020-13-01 00:00:00+00'],
    ['2020-00-10 00:00:00+00'],
    ['2020-01-00 00:00:00+00'],
    ['2020-01-01 25:00:00+00'],
    ['2020-01-01 00:60:00+00'],
    ['2020-01-01 00:00:61+00'],
    ['2020-01-01 00:00:00+99'],
    ['2020-01-01 00:00:00+00:99'],
    ['2020-01-01'],
    ['2020-01-01 00:00'],
    ['2020-1-1 00:00:00'],
    ['22 May 2020 18:07:13'],
    [' 2020-01-01 00:00:00'],
    ['2020-01-01 00:00:00+00\n'],
    ['2020-01-01 00:00:00 UTC'],
    ['2020-01-01 00:00:00.+00'],
    ['-2020-01-01 00:00:00'],
    ['nonsense'],
    [''],
    [1_590_170_833],
    [1_590_170_833_267],
    [Number.NaN],
    [null],
    [undefined],
    [true],
    [{}],
    [['2020-01-01 00:00:00']],
  ])('%j', (value) => {
    expect(readTime(value)).toBeNull();
  });
});

describe('a time is never turned into text that is no time', () => {
  it.each(['0000-01-01 00:00:00+01', '0000-01-01 00:00:00+14:00', '9999-12-31 23:59:59-01'])('%s', (text) => {
    const time = readTime(text);

    expect(time === null || !Number.isNaN(Date.parse(time))).toBe(true);
  });

  it('what a database writes is read as the moment it means, whatever the offset', () => {
    const moments = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-30'), noInvalidDate: true });
    const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });

    fc.assert(
      fc.property(moments, offsets, fc.integer({ min: 0, max: 999 }), (moment, offset, micros) => {
        const local = new Date(moment.getTime() + offset * 60_000).toISOString();
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const zone = `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        const tail = String(micros).padStart(3, '0');

        const time = readTime(`${local.slice(0, 10)} ${local.slice(11, 23)}${tail}${zone}`);

        expect(time).toBe(`${moment.toISOString().slice(0, 23)}${tail}Z`);
      }),
    );
  });
});

describe('a field of an unexpected type is null', () => {
  it.each<[string, (value: unknown) => unknown, unknown, unknown]>([
    ['text', readText, 'a', 'a'],
    ['empty text', readText, '', ''],
    ['a number as text', readText, 5, null],
    ['a list as text', readText, ['a'], null],
    ['null as text', readText, null, null],
    ['a word', readWord, 'a', 'a'],
    ['an empty word', readWord, '', null],
    ['an object as a word', readWord, {}, null],
    ['an id of text', readId, '60b98a86.4f64', '60b98a86.4f64'],
    ['an id of a number', readId, 725_118, '725118'],
    ['an id of zero', readId, 0, '0'],
    ['an id that the number cannot hold', readId, 2 ** 53, null],
    ['a boolean as an id', readId, true, null],
    ['an absent id', readId, undefined, null],
    ['an error code', readErrorCode, 1045, '1045'],
    ['an error code as text', readErrorCode, '42P01', '42P01'],
    ['no error', readErrorCode, 0, null],
    ['no error as text', readErrorCode, '0', null],
    ['an empty error code', readErrorCode, '', null],
    ['an object as an error code', readErrorCode, {}, null],
    ['a number', readNumber, 10, 10],
    ['zero', readNumber, 0, 0],
    ['text as a number', readNumber, '10', null],
    ['null as a number', readNumber, null, null],
  ])('%s', (_, read, value, expected) => {
    expect(read(value)).toBe(expected);
  });
});
