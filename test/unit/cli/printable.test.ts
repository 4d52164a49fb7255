import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from '../../../cli/printable.ts';
import { writeTable } from '../../../cli/table.ts';

it.each([
  ['a control', '\u001b[2J\u0007\u009b\u007f\u0085', '\\u001b[2J\\u0007\\u009b\\u007f\\u0085'],
  ['a line break', 'a\r\nb\tc', 'a\\u000d\\u000ab\\u0009c'],
  ['a line separator', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['a bidirectional control', '\u202eevil\u2066\u200f\u061c', '\\u202eevil\\u2066\\u200f\\u061c'],
  ['what is not seen', 'a\u200bb\ufeffc\u{e0041}', 'a\\u200bb\\ufeffc\\udb40\\udc41'],
  ['half a surrogate pair', '\ud83d', '\\ud83d'],
])('printable text has no %s', (_name, text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('printable text keeps the letters of every script', () => {
  const text = 'Łucja Ωμέγα 数据 قاعدة می\u200cخواهم बै 👩\u200d💻 naïve – “quoted”';

  expect(printable(text)).toBe(text);
});

it('printable JSON is the same JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = printable(JSON.stringify({ [text]: text }));

      expect(JSON.parse(json)).toEqual({ [text]: text });
      expect(json).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
    }),
  );
});

it('a table has printable text only', () => {
  expect(writeTable(['key'], [['\u001b[2J\n']])).toMatch(/\n│ \\u001b\[2J\\u000a │\n/);
});
