import { matches } from '../../../../../lib/local/console/event-rows.ts';
import type { EventRow } from '../../../../../lib/local/console/wire.ts';

const row: EventRow = {
  place: 'events/2/17',
  topic: 'events',
  partition: 2,
  offset: 17,
  at: 0,
  type: 'order.placed',
  id: 'e-1',
  correlationId: 'c-9',
  key: 'order-1',
  preview: '{"orderId":"order-1","sku":"Cup"}',
  state: 'retrying',
  attempts: 3,
};

test.each([
  ['', true],
  ['cup', true],
  ['ORDER.placed', true],
  ['type:order', true],
  ['type:message', false],
  ['partition:2', true],
  ['partition:1', false],
  ['partition:22', false],
  ['id:e-1 state:retrying', true],
  ['key:order-1 correlation:c-9', true],
  ['cup saucer', false],
  ['unknown:2', false],
  ['events/2/17', true],
])('the search "%s" finds the row: %s', (search, expected) => {
  expect(matches(row, search)).toBe(expected);
});
