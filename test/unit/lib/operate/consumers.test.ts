import { consumedTopics, foreignTopics, operatedConsumers } from '../../../../lib/operate/consumers.ts';
import { deployed, serviceWith } from '../../../support/deployment.ts';

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

test('the function knows the topics of other clusters, and that a service has none', () => {
  const variablesOf = (...deployment: Parameters<typeof deployed>) => {
    const { KAFKA_CONSUMERS, KAFKA_FOREIGN_TOPICS } =
      deployed(...deployment).deployment.functions.operate?.environment ?? {};
    return {
      KAFKA_CONSUMERS: String(KAFKA_CONSUMERS),
      KAFKA_FOREIGN_TOPICS: String(KAFKA_FOREIGN_TOPICS ?? ''),
    };
  };
  const arn = 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0c1d-1';
  const failures = { onFailure: 'kafka://sent.failed', provisionedPollers: { min: 1 } };
  const self = { topic: 'theirs', bootstrapServers: ['b-1.example:9092'] };
  const events = [{ msk: { arn, topic: 'sent', ...failures } }, { kafka: self }];
  const functions = { mirror: { timeout: 60, events }, operate: {} };
  const variables = variablesOf({}, serviceWith({ functions }));
  expect(operatedConsumers(variables)).toEqual([]);
  expect(foreignTopics(variables)).toEqual([
    { topic: 'sent', deadLetterTopic: 'sent.dlq', failureTopic: 'sent.failed' },
    { topic: 'theirs', deadLetterTopic: 'theirs.dlq' },
  ]);
  expect(foreignTopics(variablesOf())).toEqual([]);
});

test('topics of other clusters that cannot be read are refused as a whole', () => {
  const KAFKA_FOREIGN_TOPICS = JSON.stringify([{ topic: 'sent' }]);
  expect(() => foreignTopics({ KAFKA_FOREIGN_TOPICS })).toThrow('KAFKA_FOREIGN_TOPICS must be a JSON array');
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

test('what functions read is taken from the deployed service, else from serverless.yml, else from the catalogue', async () => {
  const declared = [{ topic: 'orders', deadLetterTopic: 'orders.dlq' }];
  const declaredConsumers = async () => declared;
  const deployed = [{ group: 'g', topic: 'sent', deadLetterTopic: 'sent.dlq' }];
  const environment = { KAFKA_CONSUMERS: JSON.stringify(deployed) };
  expect(await consumedTopics({ environment, declaredConsumers })).toEqual(deployed);
  expect(await consumedTopics({ environment: {}, declaredConsumers })).toEqual(declared);
  expect(await consumedTopics({ environment: { KAFKA_TOPIC_PREFIX: 'dev.' } })).toEqual([
    { topic: 'dev.events', deadLetterTopic: 'dev.events.dlq', failureTopic: 'dev.events.failed' },
  ]);
});
