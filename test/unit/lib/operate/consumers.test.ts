import { operatedConsumers } from '../../../../lib/operate/consumers.ts';
import { deployed } from '../../../support/deployment.ts';

const consumer = {
  group: 'g',
  topic: 'events',
  deadLetterTopic: 'events.dlq',
  failureTopic: 'events.failed',
};
const read = (value: unknown) => operatedConsumers({ KAFKA_CONSUMERS: JSON.stringify(value) });

test('what the stack gives to the function is what the function reads', () => {
  const { deployment } = deployed();
  const { KAFKA_CONSUMERS } = deployment.functions.operate?.environment ?? {};
  expect(operatedConsumers({ KAFKA_CONSUMERS: String(KAFKA_CONSUMERS) })).toEqual([
    { ...consumer, group: 'kafka-events-dev-consume' },
  ]);
});

test.each([
  ['is not set', {}],
  ['is empty', { KAFKA_CONSUMERS: '' }],
])('no consumer is known where the variable %s', (_case, environment) => {
  expect(operatedConsumers(environment)).toBeUndefined();
});

test('a consumer on demand has no failure topic', () => {
  const { failureTopic: _, ...onDemand } = consumer;
  expect(read([onDemand, consumer])).toEqual([onDemand, consumer]);
});

test('a stack without consumers has none', () => {
  expect(read([])).toEqual([]);
});

test.each<[string, string]>([
  ['no JSON', 'events'],
  ['no array', JSON.stringify(consumer)],
  ['an array of something else', '["events"]'],
  ['a consumer without a group', JSON.stringify([{ ...consumer, group: undefined }])],
  ['one good consumer and a bad one', JSON.stringify([consumer, { topic: 'orders' }])],
])('%s is refused as a whole', (_case, KAFKA_CONSUMERS) => {
  expect(() => operatedConsumers({ KAFKA_CONSUMERS })).toThrow('KAFKA_CONSUMERS must be a JSON array');
});
