import { isJsonObject } from '../../../../lib/json.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';
import { loggableData } from '../../../../lib/schema/redaction.ts';
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

  // What the catalogue marks must be found: a mark elsewhere would be passed over without a word.
  test.each(catalogue.map(({ type, revisions }) => ({ type, schema: revisions.at(-1) })))(
    'finds every mark in the schema: $type',
    ({ schema }) => {
      for (const place of sensitivePlaces(schema)) expect(place).toMatch(/^(\/properties\/[^/]+|\/items)*$/);
    },
  );
});

function sensitivePlaces(schema: unknown, pointer = ''): string[] {
  if (Array.isArray(schema))
    return schema.flatMap((item, index) => sensitivePlaces(item, `${pointer}/${index}`));
  if (!isJsonObject(schema)) return [];
  const below = Object.entries(schema).flatMap(([name, value]) =>
    sensitivePlaces(value, `${pointer}/${name}`),
  );
  return schema.sensitive === true ? [pointer, ...below] : below;
}
