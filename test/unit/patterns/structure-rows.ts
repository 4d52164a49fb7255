import { instance, type PatternRow } from './value-rows.ts';

const employees = {
  employees: [
    { firstName: 'John', lastName: 'Doe' },
    { firstName: 'Anna', lastName: 'Smith' },
    { firstName: 'Peter', lastName: 'Jones' },
  ],
};

const numeric = (...operand: readonly unknown[]): unknown => ({ a: [{ numeric: operand }] });
const cidr = (operand: unknown): unknown => ({ a: [{ cidr: operand }] });

export const numberRows: readonly PatternRow[] = [
  ['a range with its upper end', { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] } }, instance, true],
  ['a range without its lower end', numeric('>', 0, '<=', 5), { a: 0 }, false],
  ['equal', { detail: { 'x-limit': [{ numeric: ['=', 3.018e2] }] } }, instance, true],
  ['a text of digits is no number', numeric('>', 0), { a: '5' }, false],
  ['null is no number', numeric('<', 5), { a: null }, false],
  ['beyond five billion', numeric('>', 9e9), { a: 1e10 }, true],
  ['more than six decimals', numeric('=', 1.123456789), { a: 1.12345678 }, false],
  ['minus zero', numeric('=', -0), { a: 0 }, true],
  ['nothing', numeric(), {}, 'invalid'],
  ['no bound', numeric('='), {}, 'invalid'],
  ['a bound in quotes', numeric('=', '5'), {}, 'invalid'],
  ['the upper end first', numeric('<', 5, '>', 1), {}, 'invalid'],
  ['an empty range', numeric('>=', 5, '<=', 5), {}, 'invalid'],
  ['three pairs', numeric('>', 1, '<', 5, '<', 6), {}, 'invalid'],
  ['no array', { a: [{ numeric: '=5' }] }, {}, 'invalid'],
  ['in the block', { detail: { 'source-ip': [{ cidr: '10.0.0.0/24' }] } }, instance, true],
  ['outside of the block', cidr('10.0.0.0/24'), { a: '10.0.1.0' }, false],
  ['a block by one of its addresses', cidr('10.1.2.3/8'), { a: '10.0.0.1' }, true],
  ['all IPv4 addresses', cidr('0.0.0.0/0'), { a: '203.0.113.7' }, true],
  ['no address in a block', cidr('0.0.0.0/0'), { a: 'localhost' }, false],
  ['an IPv6 block', cidr('2001:db8::/127'), { a: '2001:DB8:0::1' }, true],
  ['outside of an IPv6 block', cidr('2001:db8::/127'), { a: '2001:db8::2' }, false],
  ['an IPv4 address mapped into IPv6, in a block', cidr('10.0.0.0/8'), { a: '::ffff:a00:1' }, true],
  ['a block of a single IPv6 address', cidr('::1/128'), {}, 'invalid'],
  ['an address without its length', cidr('10.0.0.0'), {}, 'invalid'],
  ['a negative length', cidr('10.0.0.0/-1'), {}, 'invalid'],
  ['a short address', cidr('10.0.0/8'), {}, 'invalid'],
  ['two gaps in an address', cidr('1::2::3/64'), {}, 'invalid'],
];

export const structureRows: readonly PatternRow[] = [
  ['a leaf exists', { detail: { 'c-count': [{ exists: true }] } }, instance, true],
  ['null exists', { a: [{ exists: true }] }, { a: null }, true],
  ['an object does not exist', { detail: [{ exists: true }] }, instance, false],
  ['an object is absent', { a: [{ exists: false }] }, { a: { b: 1 } }, true],
  ['an empty array is absent', { a: [{ exists: false }] }, { a: [] }, true],
  ['absent or empty', { a: [{ exists: false }, ''] }, { a: '' }, true],
  ['absent below a text', { a: { b: [{ exists: false }] } }, { a: 'x' }, true],
  ['existence in quotes', { a: [{ exists: 'true' }] }, {}, 'invalid'],
  ['a field of any element', { employees: { firstName: ['Anna'] } }, employees, true],
  ['two fields of one element', { employees: { firstName: ['Anna'], lastName: ['Smith'] } }, employees, true],
  ['two fields of two elements', { employees: { firstName: ['Anna'], lastName: ['Jones'] } }, employees, false],
  ['elements of nested arrays', { a: { b: ['x'], c: ['y'] } }, { a: [[{ b: 'x' }], [{ b: 'x', c: 'y' }]] }, true],
  ['two elements of a nested array', { a: { b: ['x'], c: ['y'] } }, { a: [[{ b: 'x' }, { c: 'y' }]] }, false],
  ['arrays side by side are independent', { a: { x: [1] }, b: { x: [2] } }, { a: [{ x: 1 }], b: [{}, { x: 2 }] }, true],
  ['an array below an element', { a: { b: { c: ['x'] }, d: [1] } }, { a: [{ b: [{ c: 'x' }], d: 1 }] }, true],
  ['values of an array of arrays', { a: ['x'] }, { a: [[['y'], 'x']] }, true],
  ['values beside objects', { a: ['x'] }, { a: [{ b: 1 }, 'x'] }, true],
  ['absent from the element', { a: { b: ['x'], c: [{ exists: false }] } }, { a: [{ b: 'x' }, { c: 1 }] }, true],
  ['not absent from the element', { a: { b: ['x'], c: [{ exists: false }] } }, { a: [{ b: 'x', c: 1 }] }, false],
  ['absent before any element', { a: { b: [{ exists: false }], c: ['x'] } }, { a: [{ c: 'x' }, { b: 1 }] }, false],
  ['absent or given before any', { a: { b: [{ exists: false }, 1], c: [2] } }, { a: [{ c: 2 }, { b: 1 }] }, false],
  [
    'absent or given, in nested arrays',
    { a: { b: [{ exists: false }, 1], c: [2] } },
    { a: [[{ c: 2 }], [{ b: 3 }]] },
    false,
  ],
  ['an event that is no object', { a: [{ exists: false }] }, 'x', false],
];

const parallelOr = { a: { $or: [{ x: [1] }, { y: [1] }] }, $or: [{ b: [1] }, { c: [1] }] };
const nestedOr = { a: [1], $or: [{ b: [1] }, { c: [1], $or: [{ d: [1] }, { e: [1] }] }] };

export const orRows: readonly PatternRow[] = [
  ['the first branch', nestedOr, { a: 1, b: 1 }, true],
  ['the nested branch', nestedOr, { a: 1, c: 1, e: 1 }, true],
  ['half of the nested branch', nestedOr, { a: 1, c: 1 }, false],
  ['without the field beside', nestedOr, { b: 1 }, false],
  ['two in parallel', parallelOr, { a: { y: 1 }, c: 1 }, true],
  ['one of two in parallel', parallelOr, { a: { y: 1 } }, false],
  ['a field named again is replaced', { a: [1], $or: [{ a: [2] }, { b: [1] }] }, { a: 2 }, true],
  ['a field named after it replaces', { $or: [{ a: [2] }, { b: [1] }], a: [1] }, { a: 2 }, false],
  [
    'one element for a branch',
    { a: { b: [1], $or: [{ c: [1] }, { d: [1] }] } },
    { a: [{ b: 1 }, { c: 1, d: 1 }] },
    false,
  ],
  ['a value and a field below it', { a: ['x'], $or: [{ a: { b: ['y'] } }, { c: [1] }] }, { a: 'x' }, false],
  ['an array of both', { a: ['x'], $or: [{ a: { b: ['y'] } }, { c: [1] }] }, { a: ['x', { b: 'y' }] }, true],
  ['an object', { $or: { a: ['x'] } }, {}, 'invalid'],
  ['an array of texts', { $or: ['a', 'b'] }, {}, 'invalid'],
  ['an empty branch', { $or: [{ a: [1] }, {}] }, {}, 'invalid'],
  ['an operator as a field of a branch', { $or: [{ prefix: ['a'] }, { b: [1] }] }, {}, 'invalid'],
  ['an operator as a field below a branch', { $or: [{ a: { regex: ['a'] } }, { b: [1] }] }, {}, 'invalid'],
  ['an operator as a field elsewhere', { a: { prefix: ['x'] } }, { a: { prefix: 'x' } }, true],
];
