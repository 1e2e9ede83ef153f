import { loggableData, loggableKey } from '../../../../lib/schema/redaction.ts';
import { type CatalogueEvent, validateEvent } from '../../../../lib/schema/validation.ts';
import { validData } from '../../../support/valid-data.ts';

function event(type: string, data: unknown): CatalogueEvent {
  const checked = validateEvent({ attributes: { specversion: '1.0', id: '1', source: '/', type }, data });
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  return checked.value;
}

describe('loggableData', () => {
  test('replaces what the schema marks as sensitive', () => {
    expect(loggableData(event('order.placed', validData['order.placed']))).toEqual({
      ...validData['order.placed'],
      customerEmail: '[redacted]',
    });
  });

  test('leaves the event itself as it was', () => {
    const placed = event('order.placed', validData['order.placed']);
    loggableData(placed);
    expect(placed.data).toEqual(validData['order.placed']);
  });

  test('adds nothing where the sensitive property is absent', () => {
    const { customerEmail, ...data } = validData['order.placed'];
    expect(customerEmail).toBeDefined();
    expect(loggableData(event('order.placed', data))).toEqual(data);
  });

  test('passes on the data of a type that has nothing to hide', () => {
    const data = validData['message.posted'];
    expect(loggableData(event('message.posted', data))).toBe(data);
  });
});

describe('loggableKey', () => {
  const placed = event('order.placed', validData['order.placed']);

  test.each<[string, CatalogueEvent, string, string]>([
    ['made from what is not sensitive', placed, 'order-1', 'order-1'],
    ['a sensitive value', placed, 'zoe@example.com', '[redacted]'],
    ['a sensitive value and more', placed, 'user:zoe@example.com:1', '[redacted]'],
    ['empty', placed, '', ''],
    ['of a type that has nothing to hide', event('message.posted', validData['message.posted']), '1', '1'],
  ])('is the key, or hidden with what it holds: %s', (_name, from, key, loggable) => {
    expect(loggableKey(from, key)).toBe(loggable);
  });
});
