import { kafkaClient } from '../../support/broker.ts';
import { readTexts } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import { startTestKafka, type TestKafka } from '../../support/test-kafka.ts';
import { outcomes, placeOf, recordOf, soon, TOPIC, testProducer } from '../../support/test-producer.ts';

let broker: TestKafka;

beforeEach(async () => {
  broker = await startTestKafka();
  await broker.createTopic(TOPIC, 3);
});

const stored = (topic = TOPIC) => readTexts(broker, topic);

describe('records of several topics', () => {
  beforeEach(async () => {
    await broker.createTopic('single', 1);
    await broker.createTopic('other', 1);
  });
  const to = (topic: string, value: string) => ({ ...recordOf(value), topic });

  test('are sent in one call and told of in request order', async () => {
    const records = [to('other', 'a'), to('single', 'b'), to('other', 'c'), to('single', 'd')];
    const deliveries = await testProducer([broker.address]).send(records, soon());
    expect(deliveries.map(placeOf)).toEqual([0, 0, 1, 1].map((offset) => ({ partition: 0, offset })));
    expect((await stored('single')).map(({ value }) => value)).toEqual(['b', 'd']);
    expect((await stored('other')).map(({ value }) => value)).toEqual(['a', 'c']);
  });

  test('have each its own outcome when a topic is missing or takes less', async () => {
    const tooLarge = { ...to('other', ''), value: Buffer.alloc(1_100_000) };
    const records = [to('missing', 'a'), to('single', 'b'), tooLarge, to('single', 'c'), to('other', 'd')];
    const producer = testProducer([broker.address]);
    const expected = [
      'configuration_error',
      'delivered',
      'record_too_large',
      'delivered',
      'delivery_refused',
    ];
    expect(outcomes(await producer.send(records, soon()))).toEqual(expected);
    expect(outcomes(await producer.send(records, soon()))).toEqual(expected);
    expect((await stored('single')).map(({ value }) => value)).toEqual(['b', 'c', 'b', 'c']);
  });

  test('of a topic that is gone do not disturb those of the others under way', async () => {
    const producer = testProducer([broker.address]);
    await producer.send([to('single', 'first'), to('other', 'first')], soon());
    const admin = kafkaClient(broker).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ['other'] });
    await admin.disconnect();
    const calls = Array.from({ length: 3 }, (_, index) =>
      producer.send([to('other', 'lost'), to('single', `${index}`)], Date.now() + 20_000),
    );
    for (const outcome of await Promise.all(calls)) {
      expect(outcomes(outcome)).toEqual(['configuration_error', 'delivered']);
    }
    expect((await stored('single')).slice(1).map(({ value }) => value)).toEqual(
      [...calls.keys()].map(String),
    );
  });
});

describe('the topic', () => {
  test('is not created', async () => {
    const producer = testProducer([broker.address]);
    const deliveries = await sendTo(producer, 'missing', [recordOf('a'), recordOf('b')], soon());
    expect(outcomes(deliveries)).toEqual(['configuration_error', 'configuration_error']);
    const admin = kafkaClient(broker).admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain('missing');
    await admin.disconnect();
  });

  test('may be created after it was missed', async () => {
    const producer = testProducer([broker.address]);
    expect(outcomes(await sendTo(producer, 'late', [recordOf('a')], soon()))).toEqual([
      'configuration_error',
    ]);
    await broker.createTopic('late', 2);
    expect(outcomes(await sendTo(producer, 'late', [recordOf('b')], soon()))).toEqual(['delivered']);
  });

  test.each([3, 1])('may be deleted and created again, with %d partitions', async (partitions) => {
    const producer = testProducer([broker.address]);
    const records = [recordOf('a'), recordOf('b'), recordOf('c')];
    await sendTo(producer, TOPIC, records, soon());
    const admin = kafkaClient(broker).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [TOPIC] });
    await admin.disconnect();
    expect(outcomes(await sendTo(producer, TOPIC, records, soon()))).toEqual(
      Array(3).fill('configuration_error'),
    );
    await broker.createTopic(TOPIC, partitions);
    expect(outcomes(await sendTo(producer, TOPIC, records, soon()))).toEqual(Array(3).fill('delivered'));
    expect(await stored()).toHaveLength(3);
  });

  test('that is gone does not disturb another one', async () => {
    await broker.createTopic('other', 1);
    const producer = testProducer([broker.address]);
    await sendTo(producer, TOPIC, [recordOf('a')], soon());
    await sendTo(producer, 'other', [recordOf('a')], soon());
    const admin = kafkaClient(broker).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [TOPIC] });
    await admin.disconnect();
    expect(outcomes(await sendTo(producer, TOPIC, [recordOf('b')], soon()))).toEqual(['configuration_error']);
    expect(outcomes(await sendTo(producer, 'other', [recordOf('b')], soon()))).toEqual(['delivered']);
  });
});
