import { recordFields } from '../../../../lib/consume/record-fields.ts';
import { consumedEvent } from '../../../../lib/testing/consumed-event.ts';
import { validData } from '../../../support/valid-data.ts';

const data = validData['order.placed'];
const { event, context } = consumedEvent('order.placed', data, { topic: 'orders', partition: 2, offset: 7 });
const keyed = (key: string | Buffer) => ({
  ...context.record,
  key: { text: key.toString(), bytes: Buffer.from(key) },
});
const email = data.customerEmail;

test('say where a record is', () => {
  expect(recordFields(context.record, event)).toEqual({
    topic: 'orders',
    partition: 2,
    offset: 7,
    key: null,
  });
});

test.each([
  ['a key that is text', 'order-1', event, { key: 'order-1' }],
  ['a key that is not UTF-8', Buffer.from([0x61, 0xff]), event, { keyBase64: 'Yf8=' }],
  ['a key that tells sensitive data', email, event, { key: '[redacted]' }],
  [
    'such a key that is not UTF-8',
    Buffer.concat([Buffer.from(email), Buffer.from([0xff])]),
    event,
    { key: '[redacted]' },
  ],
  [
    'a key of an event that is not valid',
    email,
    { ...event, data: { customerEmail: email } },
    { key: '[redacted]' },
  ],
  [
    'a key of an event that cannot be read',
    'a',
    { type: 'order.placed', data: undefined },
    { key: '[redacted]' },
  ],
  ['the same of a type that hides nothing', 'a', { type: 'order.shipped', data: undefined }, { key: 'a' }],
  ['the same of a type that nobody knows', 'a', { type: 'nobody.knows', data: undefined }, { key: 'a' }],
  ['a key without an event', 'a', undefined, { key: 'a' }],
])('say %s', (_, key, about, expected) => {
  const { key: text, keyBase64 } = recordFields(keyed(key), about);
  expect({ ...(text !== undefined && { key: text }), ...(keyBase64 !== undefined && { keyBase64 }) }).toEqual(
    expected,
  );
});
