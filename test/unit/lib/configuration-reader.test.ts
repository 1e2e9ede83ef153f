import { ConfigurationReader } from '../../../lib/configuration-reader.ts';

const reader = (values: Record<string, unknown>) =>
  new ConfigurationReader(
    (name) => values[name],
    (name, reason) => `${name}: ${reason}`,
  );
const range = { minimum: 1, maximum: 3 };

test.each<[string, unknown, (from: ConfigurationReader) => unknown]>([
  ['a text', 'ab', (from) => from.text('x', /^[a-z]+$/, 'letters')],
  ['a flag', false, (from) => from.flag('x')],
  ['a number', 3, (from) => from.integer('x', range)],
  ['the other number that is allowed', -1, (from) => from.integer('x', range, -1)],
  ['a choice', 'b', (from) => from.oneOf('x', ['a', 'b'])],
  ['several choices', ['b', 'a'], (from) => from.someOf('x', ['a', 'b'])],
  ['a list', [1, 'a'], (from) => from.list('x')],
  ['nothing', undefined, (from) => from.integer('x', range)],
])('reads %s', (_case, value, read) => {
  const from = reader({ x: value });
  expect(read(from)).toEqual(value);
  expect(from.problems).toEqual([]);
});

test.each<[string, unknown, (from: ConfigurationReader) => unknown, string]>([
  ['a text of another form', 'A', (from) => from.text('x', /^[a-z]+$/, 'letters'), 'must be letters'],
  ['a text for a flag', 'yes', (from) => from.flag('x'), 'must be true or false'],
  ['a number out of range', 4, (from) => from.integer('x', range), '4 is not a whole number from 1 to 3'],
  ['a text for a number', '2', (from) => from.integer('x', range), '"2" is not a whole number from 1 to 3'],
  [
    'a number that is neither',
    -2,
    (from) => from.integer('x', range, -1),
    '-2 is neither -1 nor a whole number from 1 to 3',
  ],
  ['another choice', 'c', (from) => from.oneOf('x', ['a', 'b']), '"c" is not one of a, b'],
  ['a choice twice', ['a', 'a'], (from) => from.someOf('x', ['a']), 'names one of them twice'],
  ['a text for a list', 'a', (from) => from.list('x'), 'must be a list'],
  ['a list for an object', [], (from) => from.child('x', []), 'must be an object'],
])('refuses %s, and says where', (_case, value, read, reason) => {
  const from = reader({ x: value });
  read(from);
  expect(from.problems).toEqual([`x: ${reason}`]);
});

test('collects what is wrong inside an object beside the rest', () => {
  const from = reader({ x: { y: 0, z: 1 }, flag: 1 });
  from.flag('flag');
  from.child('x', ['y'])?.integer('y', range);
  expect(from.problems).toEqual([
    'flag: must be true or false',
    'x.z: is unknown; known are y',
    'x.y: 0 is not a whole number from 1 to 3',
  ]);
});
