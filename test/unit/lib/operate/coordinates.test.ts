import fc from 'fast-check';
import { formatCoordinates, parseCoordinates } from '../../../../lib/operate/coordinates.ts';

test('coordinates that are printed can be read again', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-zA-Z0-9._-]{1,249}$/).filter((name) => name !== '.' && name !== '..'),
      fc.nat({ max: 2 ** 31 - 1 }),
      fc.maxSafeNat(),
      (topic, partition, offset) => {
        const coordinates = { topic, partition, offset };
        expect(parseCoordinates(formatCoordinates(coordinates))).toEqual(coordinates);
      },
    ),
  );
});

test('whatever can be read is printed as it was', () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom('events', '/', '0', '-', '1', '.5', ' '), { maxLength: 7 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (written) => {
      const coordinates = parseCoordinates(written);
      expect(coordinates === undefined ? written : formatCoordinates(coordinates)).toBe(written);
    }),
  );
});

test.each([
  ['nothing', ''],
  ['a topic alone', 'events.dlq'],
  ['no offset', 'events.dlq/0'],
  ['a negative offset', 'events.dlq/0/-1'],
  ['a fraction', 'events.dlq/0/1.5'],
  ['leading zeros', 'events.dlq/00/1'],
  ['an offset that no number holds', 'events.dlq/0/9007199254740993'],
  ['a partition above int32', 'events.dlq/2147483648/0'],
  ['a topic that cannot be', 'events dlq/0/1'],
  ['more than coordinates', 'events.dlq/0/1/2'],
])('%s is no coordinates', (_, text) => {
  expect(parseCoordinates(text)).toBeUndefined();
});
