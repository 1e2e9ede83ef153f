import { mappingUuid } from '../../../../../lib/local/mapping/identity.ts';
import { declare } from '../../../../support/event-source-mapping.ts';

const uuid = mappingUuid(declare());

test('the UUID of a mapping is a name-based one, the same for the same declaration', () => {
  expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(mappingUuid(declare())).toBe(uuid);
});

test.each([
  ['function', { functionName: 'other' }],
  ['topic', { topic: 'other' }],
  ['cluster', { eventSourceArn: 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/1' }],
  ['starting position', { startingPosition: 'LATEST' }],
] as const)('another %s makes another mapping, as on AWS', (_, changes) => {
  expect(mappingUuid(declare(changes))).not.toBe(uuid);
});

test.each([
  ['batch size', { batchSize: 7 }],
  ['filters', { filterPatterns: [{ value: ['x'] }] }],
])('another %s leaves it the same mapping, with its offsets', (_, changes) => {
  expect(mappingUuid(declare(changes))).toBe(uuid);
});
