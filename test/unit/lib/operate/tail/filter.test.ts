import fc from 'fast-check';
import { valueAt } from '../../../../../lib/json-pointer.ts';
import { isMeant, parseWhere } from '../../../../../lib/operate/tail/filter.ts';
import { parseStart } from '../../../../../lib/operate/tail/start.ts';
import { tailedRecord } from '../../../../../lib/operate/tail/tailed-record.ts';

const record = (value: string) =>
  tailedRecord(
    'anything',
    {
      partition: 0,
      offset: 0,
      timestamp: 0,
      timestampType: 'CREATE_TIME',
      key: Buffer.from('k'),
      value: Buffer.from(value),
      headers: [],
    },
    {},
  );
const anything = { type: undefined, key: undefined, where: [] };

test.each([
  ['/a=1', '{"a":1}', true],
  ['/a=1', '{"a":"1"}', true],
  ['/a=1', '{"a":2}', false],
  ['/a/0/b=x=y', '{"a":[{"b":"x=y"}]}', true],
  ['/a=null', '{"a":null}', true],
  ['/a=', '{"a":""}', true],
  ['/a=', '{}', false],
  ['/a~1b=true', '{"a/b":true}', true],
  ['/length=2', '"ab"', false],
  ['/a=1', 'no json', false],
])('--where %s of %s is %p', (condition, value, meant) => {
  const where = parseWhere(condition);
  expect(where).toBeDefined();
  expect(isMeant({ ...anything, where: where ? [where] : [] }, record(value))).toBe(meant);
});

test.each(['a=1', '/a', '=1', ''])('"%s" is no condition', (text) => {
  expect(parseWhere(text)).toBeUndefined();
});

test('a JSON pointer leads to what is there', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      for (const [name, value] of Object.entries(object)) {
        const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
        expect(valueAt(object, `/${step}`)).toEqual(value);
      }
      expect(valueAt(object, '')).toBe(object);
    }),
  );
});

test.each([
  ['beginning', 'earliest'],
  ['end', 'latest'],
  ['earliest', 'earliest'],
  ['2:17', { partition: 2, offset: 17 }],
  ['2026-01-31T12:00:00Z', { timestampMs: Date.UTC(2026, 0, 31, 12) }],
])('--from %s is a start', (text, start) => {
  expect(parseStart(text)).toEqual(start);
});

test.each(['17', '2026-01-31', '2:', ':17', '-1:0', 'now'])('--from %s is none', (text) => {
  expect(parseStart(text)).toBeUndefined();
});
