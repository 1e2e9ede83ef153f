import { UserError } from '../../../../lib/errors.ts';
import { catalogue } from '../../../../lib/schema/catalogue.ts';
import { exampleEvent } from '../../../../lib/testing/example-event.ts';

test.each(catalogue.map(({ type }) => type))('there is a valid event of %s', (type) => {
  expect(exampleEvent(type)).toMatchObject({ type, attributes: { type, id: 'event-1' } });
});

test('data and attributes of its own are checked', () => {
  const data = { id: 7, message: 'seven', timestamp: 1 };
  expect(exampleEvent('message.posted', data, { id: '7' })).toMatchObject({ data, attributes: { id: '7' } });
  expect(() => exampleEvent('message.posted', { ...data, id: -0.5 })).toThrow(UserError);
});
