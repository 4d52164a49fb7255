import { expect, it } from 'vitest';
import { codeOf, Failure } from '../../../cli/failure.ts';

it.each([
  [new Failure('NOT_JSON', 'Mend it.'), 'NOT_JSON'],
  [Object.assign(new Error('secret'), { name: 'AccessDenied' }), 'AccessDenied'],
  [Object.assign(new Error('secret'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [new TypeError('secret'), 'TypeError'],
  [new Error('secret'), 'Error'],
  [Object.assign(new Error('secret'), { name: 'a secret name' }), 'Unknown'],
  ['secret', 'Unknown'],
  [null, 'Unknown'],
])('the code of a failure is a word, never a message: %s', (cause, code) => {
  expect(codeOf(cause)).toBe(code);
});
