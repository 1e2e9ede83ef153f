import type { Producer } from '../../../lib/kafka/producer/producer.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { eventually } from '../../../lib/testing/eventually.ts';
import { startTestBroker, temporaryDirectory } from '../../support/broker.ts';
import { producerOutcomes, refuseUnhandledRejections } from '../../support/producer-outcomes.ts';
import { readTopic } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import { outcomes, recordOf, soon, TIMEOUT_MS, TOPIC, testProducer } from '../../support/test-producer.ts';

const MANY = 100;

jest.setTimeout(30_000);

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
    producer = testProducer([embedded.address]);
  });

  test('that finds no leader at first gets the record when it has one', async () => {
    embedded.faults.fail('Metadata', 'LEADER_NOT_AVAILABLE', 2);
    expect(await outcomeOf('a')).toBe('delivered');
  });

  test('that takes its time for each of many partitions is not taken for silent', async () => {
    embedded.createTopic('wide', 20);
    const many = testProducer([embedded.address]);
    embedded.faults.delay(TIMEOUT_MS / 6, 'Produce');
    const records = Array.from({ length: 20 }, (_, index) => recordOf(`value ${index}`));
    expect(new Set(outcomes(await sendTo(many, 'wide', records, soon())))).toEqual(new Set(['delivered']));
    expect(await readTopic(embedded, 'wide')).toHaveLength(20);
  });

  describe('a refusal', () => {
    test.each([
      ['NOT_ENOUGH_REPLICAS', 'delivery_refused'],
      ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'delivery_unconfirmed'],
      ['REQUEST_TIMED_OUT', 'delivery_unconfirmed'],
      ['NOT_LEADER_OR_FOLLOWER', 'delivery_unconfirmed'],
      ['UNKNOWN_TOPIC_OR_PARTITION', 'configuration_error'],
      ['TOPIC_AUTHORIZATION_FAILED', 'configuration_error'],
      ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'delivery_refused'],
      ['UNKNOWN_SERVER_ERROR', 'delivery_unconfirmed'],
    ] as const)('with %s for good is answered as %s, and nothing stays behind', async (error, code) => {
      await send('a');
      embedded.faults.fail('Produce', error, MANY);
      expect(await outcomeOf('b')).toBe(code);
      await embedded.faults.clear();
      expect(await send('c')).toMatchObject({ status: 'delivered', offset: 1n });
      expect(await storedValues()).toEqual(['a', 'c']);
    });

    test.each([
      'NOT_ENOUGH_REPLICAS',
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
      'REQUEST_TIMED_OUT',
      'NOT_LEADER_OR_FOLLOWER',
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    ] as const)('with %s is passed over when it ends', async (error) => {
      await send('a');
      embedded.faults.fail('Produce', error, 2);
      expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
      expect(await storedValues()).toEqual(['a', 'b']);
    });

    test('after an answer was lost does not store the record twice', async () => {
      const patient = testProducer([broker.address], { requestTimeout: 1_500 });
      await send('a', 5_000, patient);
      embedded.faults.stopAcknowledging(1);
      const sending = outcomeOf('b', 5_000, patient);
      await eventually('the record arrived', async () => (await storedValues()).length === 2);
      embedded.faults.fail('Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 1);
      expect(await sending).toBe('delivery_unconfirmed');
      expect(await outcomeOf('c', 5_000, patient)).toBe('delivered');
      expect(await storedValues()).toEqual(['a', 'b', 'c']);
    });

    test('ends with the deadline', async () => {
      await send('a');
      embedded.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS', MANY);
      // Unconfirmed when the deadline comes while an attempt is under way.
      expect(['delivery_refused', 'delivery_unconfirmed']).toContain(await outcomeOf('b', 200));
    });

    test('of a producer id is no refusal for good', async () => {
      embedded.faults.fail('InitProducerId', 'COORDINATOR_LOAD_IN_PROGRESS', 2);
      expect(await outcomeOf('a')).toBe('delivered');
    });
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
      const lasting = testProducer([first.address]);
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
