import { ConsoleCatalogue } from '../../../../../lib/local/console/console-catalogue.ts';
import { defineEventType } from '../../../../../lib/schema/event-type.ts';
import { validData } from '../../../../support/valid-data.ts';

const catalogue = new ConsoleCatalogue((name) => name);

const recordOf = (type: string, value: string | Buffer, key: string | null = null) => ({
  partition: 0,
  offset: 1,
  timestamp: 1,
  timestampType: 'CREATE_TIME' as const,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: Object.entries({
    ce_specversion: '1.0',
    ce_id: 'e-1',
    ce_source: '/a',
    ce_type: type,
    'correlation-id': 'c-1',
  }).map(([name, text]) => [name, Buffer.from(text)] as const),
});

test('an event is shown without what is sensitive', () => {
  const shown = catalogue.show('events', recordOf('order.placed', JSON.stringify(validData['order.placed'])));
  expect(shown).toMatchObject({ type: 'order.placed', id: 'e-1', correlationId: 'c-1', problem: undefined });
  expect(shown.data).toMatchObject({ orderId: 'order-1', customerEmail: '[redacted]' });
  expect(shown.text).not.toContain('zoe@example.com');
});

test.each([
  ['broken JSON', '{"customerEmail":"zoe@example.com"'],
  ['bytes that are no text', Buffer.concat([Buffer.from('zoe@example.com'), Buffer.from([0xff])])],
  ['a value too large for a list', `{"customerEmail":"zoe@example.com","pad":"${'x'.repeat(70_000)}"}`],
])('nothing of a record with sensitive data is shown when it is %s', (_case, value) => {
  const shown = catalogue.show('events', recordOf('order.placed', value, 'zoe@example.com'));
  expect(JSON.stringify(shown)).not.toContain('zoe@example.com');
  expect(shown.text).toBe('[redacted]');
});

test('a key that holds a sensitive value is redacted', () => {
  const value = JSON.stringify(validData['order.placed']);
  expect(catalogue.show('events', recordOf('order.placed', value, 'zoe@example.com')).key).toBe('[redacted]');
  expect(catalogue.show('events', recordOf('order.placed', value, 'order-1')).key).toBe('order-1');
});

test('a record that is no event says why, and shows its text', () => {
  const shown = catalogue.show('events', recordOf('message.posted', '{"id":'));
  expect(shown).toMatchObject({ type: 'message.posted', data: undefined, text: '{"id":' });
  expect(shown.problem).toContain('JSON');
});

test('data that its schema refuses is shown with the reason', () => {
  const shown = catalogue.show('events', recordOf('message.posted', '{"id":1}'));
  expect(shown.data).toEqual({ id: 1 });
  expect(shown.problem).toContain('/data/message Is missing.');
});

test('an event type that came later is redacted too', () => {
  const later = new ConsoleCatalogue((name) => name);
  later.replace([
    defineEventType({
      type: 'user.renamed',
      revisions: [{ type: 'object', properties: { name: { type: 'string', sensitive: true } } }],
      partitionKey: () => 'k',
    }),
  ]);
  const shown = later.show('events', recordOf('user.renamed', '{"name":"Zoe"}', 'Zoe'));
  expect(JSON.stringify(shown)).not.toContain('Zoe');
  expect(later.view((name) => `dev-${name}`)).toMatchObject([
    { type: 'user.renamed', topic: 'dev-events', hasSensitive: true },
  ]);
});
