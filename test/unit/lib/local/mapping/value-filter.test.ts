import fc from 'fast-check';
import { compileValueFilter } from '../../../../../lib/local/mapping/value-filter.ts';

const order = {
  id: 7,
  status: 'paid',
  total: 300,
  note: '',
  gone: null,
  rush: true,
  tags: ['new', 'eu'],
  empty: [],
  customer: { name: 'Ada', city: 'Zürich' },
  lines: [
    { sku: 'a', count: 1 },
    { sku: 'b', count: 5 },
  ],
};

function passes(pattern: unknown, value: unknown = order): boolean {
  return compileValueFilter([{ value: pattern }])(Buffer.from(JSON.stringify(value)));
}

describe('on JSON values', () => {
  test.each([
    ['null matches null', { gone: [null] }, true],
    ['null does not match an absent field', { other: [null] }, false],
    ['empty matches the empty text', { note: [''] }, true],
    ['empty does not match null', { gone: [''] }, false],
    ['equals', { status: ['paid'] }, true],
    ['equals: another text', { status: ['open'] }, false],
    ['equals: a number', { total: [300] }, true],
    ['equals: a number is not its text', { total: ['300'] }, false],
    ['equals: true', { rush: [true] }, true],
    ['equals-ignore-case', { status: [{ 'equals-ignore-case': 'PAID' }] }, true],
    ['several fields must all match', { status: ['paid'], total: [1] }, false],
    ['several values are alternatives', { status: ['open', 'paid'] }, true],
    ['$or: one of the fields', { $or: [{ status: ['open'] }, { total: [300] }] }, true],
    ['$or: none of the fields', { $or: [{ status: ['open'] }, { total: [1] }] }, false],
    ['anything-but', { status: [{ 'anything-but': ['open', 'closed'] }] }, true],
    ['anything-but: the value itself', { status: [{ 'anything-but': 'paid' }] }, false],
    ['anything-but: an absent field', { other: [{ 'anything-but': 'paid' }] }, false],
    ['anything-but with a prefix', { status: [{ 'anything-but': { prefix: 'pa' } }] }, false],
    ['numeric =', { total: [{ numeric: ['=', 300] }] }, true],
    ['numeric range', { total: [{ numeric: ['>', 100, '<=', 300] }] }, true],
    ['numeric: out of range', { total: [{ numeric: ['<', 300] }] }, false],
    ['numeric: a text is no number', { status: [{ numeric: ['>', 0] }] }, false],
    ['exists: true', { status: [{ exists: true }] }, true],
    ['exists: false for an absent field', { other: [{ exists: false }] }, true],
    ['exists: false for a present field', { status: [{ exists: false }] }, false],
    ['exists works on leaves only', { customer: [{ exists: true }] }, false],
    ['prefix', { status: [{ prefix: 'pa' }] }, true],
    ['suffix', { status: [{ suffix: 'id' }] }, true],
    ['suffix: another', { status: [{ suffix: 'pa' }] }, false],
    ['prefix that ignores case', { status: [{ prefix: { 'equals-ignore-case': 'PA' } }] }, true],
    ['nested fields', { customer: { city: ['Zürich'] } }, true],
    ['a nested field of something that is no object', { status: { city: ['Zürich'] } }, false],
    ['a list matches by any element', { tags: ['eu'] }, true],
    ['a list without the element', { tags: ['us'] }, false],
    ['an empty list has no value', { empty: [{ exists: false }] }, true],
    ['a list of objects matches within one of them', { lines: { sku: ['b'], count: [5] } }, true],
    ['a list of objects does not match across them', { lines: { sku: ['a'], count: [5] } }, false],
  ])('%s', (_, pattern, expected) => {
    expect(passes(pattern)).toBe(expected);
  });

  test.each(['300.0', '3.0e2', '3E+2'])('a number is compared as it is written: 300 is not %s', (written) => {
    const filter = compileValueFilter([{ value: { total: [300] } }]);
    expect(filter(Buffer.from(`{"total":${written},"text":"300"}`))).toBe(false);
    const numeric = compileValueFilter([{ value: { total: [{ numeric: ['=', 300] }] } }]);
    expect(numeric(Buffer.from(`{"total":${written}}`))).toBe(true);
  });
});

describe('on plain text', () => {
  test.each([
    ['equals', ['ok'], 'ok', true],
    ['another text', ['ok'], 'failed', false],
    ['anything-but', [{ 'anything-but': ['ok'] }], 'failed', true],
    ['prefix', [{ prefix: 'fail' }], 'failed', true],
  ])('%s', (_, pattern, value, expected) => {
    expect(compileValueFilter([{ value: pattern }])(Buffer.from(value))).toBe(expected);
  });
});

describe('a value of another kind than the pattern passes', () => {
  test.each([
    ['text, with a pattern for JSON', { status: ['paid'] }, Buffer.from('hello')],
    ['JSON, with a pattern for text', ['hello'], Buffer.from('{"status":"paid"}')],
    ['bytes that are not UTF-8', { status: ['paid'] }, Buffer.from([0xff, 0xfe])],
    ['a tombstone', { status: ['paid'] }, null],
  ])('%s', (_, pattern, value) => {
    expect(compileValueFilter([{ value: pattern }])(value)).toBe(true);
  });
});

test('without filters everything passes', () => {
  expect(compileValueFilter([])(Buffer.from('{}'))).toBe(true);
});

test('filters are alternatives', () => {
  const filter = compileValueFilter([{ value: { status: ['open'] } }, { value: { total: [300] } }]);
  expect(filter(Buffer.from(JSON.stringify(order)))).toBe(true);
  expect(filter(Buffer.from('{}'))).toBe(false);
});

test.each([
  [
    'an unknown operator',
    { status: [{ wildcard: 'p*' }] },
    /filterPatterns\[0\]\.value\.status\[0\].*"wildcard"/,
  ],
  ['two operators at once', { status: [{ prefix: 'a', suffix: 'b' }] }, /exactly one operator/],
  ['an empty list', { status: [] }, /must not be empty/],
  ['numeric without a number', { total: [{ numeric: ['>', 'x'] }] }, /pairs of =, </],
  ['$or of one', { $or: [{ a: ['b'] }] }, /two patterns or more/],
  ['a bare value', { status: 'paid' }, /must be a list of values or an object/],
])('%s is refused at the start, by its place', (_, pattern, message) => {
  expect(() => compileValueFilter([{ value: pattern }])).toThrow(message);
});

test('another field than value is refused', () => {
  expect(() => compileValueFilter([{ key: ['a'] }])).toThrow(/filterPatterns\[0\]\.key/);
});

test('a pattern of one field matches exactly the values that hold it, whatever they are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), fc.string(), (other, wanted, field) => {
      const filter = compileValueFilter([{ value: { [`x${field}`]: [wanted] } }]);
      const of = (value: unknown) => Buffer.from(JSON.stringify({ other, [`x${field}`]: value }));
      expect(filter(of(wanted))).toBe(true);
      expect(filter(of(`${wanted}!`))).toBe(false);
    }),
  );
});
