import type { Producer } from '../../../lib/kafka/producer/producer.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { startTestBroker, temporaryDirectory } from '../../support/broker.ts';
import { producerOutcomes, refuseUnhandledRejections } from '../../support/producer-outcomes.ts';
import { readTopic } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import {
  impatient,
  outcomes,
  recordOf,
  soon,
  TIMEOUT_MS,
  TOPIC,
  testProducer,
} from '../../support/test-producer.ts';

let broker: Broker;
let producer: Producer;
const { send, outcomeOf, storedValues } = producerOutcomes(
  () => producer,
  () => broker,
);
refuseUnhandledRejections();
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the embedded broker', () => {
  let embedded: Broker;

  beforeEach(async () => {
    embedded = await startTestBroker();
    embedded.createTopic(TOPIC, 1);
    broker = embedded;
    producer = testProducer([embedded.address], impatient);
  });

  test('that finds no leader at first gets the record when it has one', async () => {
    embedded.faults.fail('Metadata', 'LEADER_NOT_AVAILABLE', 2);
    expect(await outcomeOf('a')).toBe('delivered');
  });

  test('that takes its time for each of many partitions is not taken for silent', async () => {
    embedded.createTopic('wide', 20);
    const many = testProducer([embedded.address], impatient);
    embedded.faults.delay(TIMEOUT_MS / 6, 'Produce');
    const records = Array.from({ length: 20 }, (_, index) => recordOf(`value ${index}`));
    expect(new Set(outcomes(await sendTo(many, 'wide', records, soon())))).toEqual(new Set(['delivered']));
    expect(await readTopic(embedded, 'wide')).toHaveLength(20);
  });

  describe('another leader', () => {
    test('is found', async () => {
      await send('a');
      await embedded.faults.moveLeader();
      expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
      await embedded.faults.moveLeader();
      expect(await send('c')).toMatchObject({ status: 'delivered', offset: 2n });
      expect(await storedValues()).toEqual(['a', 'b', 'c']);
    });
  });

  describe('a quota', () => {
    test.each(['Metadata', 'InitProducerId', 'Produce'] as const)('is respected after %s', async (api) => {
      embedded.faults.throttle(TIMEOUT_MS * 2, api);
      const deliveries = [await send('a'), await send('b'), await send('c')];
      expect(deliveries).toMatchObject([{ offset: 0n }, { offset: 1n }, { offset: 2n }]);
    });

    test('beyond the deadline refuses the record, which is not sent later', async () => {
      embedded.faults.throttle(1_500, 'Produce');
      await send('a');
      await embedded.faults.clear();
      expect(await outcomeOf('b', 300)).toBe('delivery_refused');
      expect(await outcomeOf('c')).toBe('delivered');
      expect(await storedValues()).toEqual(['a', 'c']);
    });
  });

  describe('a restarted broker', () => {
    test('goes on where it was', async () => {
      const dataDirectory = temporaryDirectory();
      const first = await startTestBroker({ dataDirectory });
      first.createTopic(TOPIC, 1);
      const lasting = testProducer([first.address], impatient);
      await send('a', 5_000, lasting);
      await first.stop({ abrupt: true });
      expect(['broker_unreachable', 'delivery_unconfirmed']).toContain(await outcomeOf('b', 5_000, lasting));
      broker = await startTestBroker({ dataDirectory, port: first.port });
      expect(await send('c', 5_000, lasting)).toMatchObject({ status: 'delivered', offset: 1n });
      expect(await storedValues()).toEqual(['a', 'c']);
    });

    test('that lost everything is used all the same', async () => {
      await send('a');
      await embedded.stop({ abrupt: true });
      broker = await startTestBroker({ port: broker.port });
      broker.createTopic(TOPIC, 1);
      expect(await send('b')).toMatchObject({ status: 'delivered', offset: 0n });
      expect(await storedValues()).toEqual(['b']);
    });
  });
});
