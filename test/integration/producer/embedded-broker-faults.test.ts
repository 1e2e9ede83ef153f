import { startTestBroker, temporaryDirectory } from '../../support/broker.ts';
import { producerUnderFaults } from '../../support/producer-under-faults.ts';
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

const setup = producerUnderFaults(startTestBroker);
const { send, outcomeOf, storedValues } = setup;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the embedded broker', () => {
  test('that finds no leader at first gets the record when it has one', async () => {
    setup.broker.faults.fail('Metadata', 'LEADER_NOT_AVAILABLE', 2);
    expect(await outcomeOf('a')).toBe('delivered');
  });

  test('that takes its time for each of many partitions is not taken for silent', async () => {
    setup.broker.createTopic('wide', 20);
    const many = testProducer([setup.broker.address], impatient);
    setup.broker.faults.delay(TIMEOUT_MS / 6, 'Produce');
    const records = Array.from({ length: 20 }, (_, index) => recordOf(`value ${index}`));
    expect(new Set(outcomes(await sendTo(many, 'wide', records, soon())))).toEqual(new Set(['delivered']));
    expect(await readTopic(setup.broker, 'wide')).toHaveLength(20);
  });

  describe('another leader', () => {
    test('is found', async () => {
      await send('a');
      await setup.broker.faults.moveLeader();
      expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
      await setup.broker.faults.moveLeader();
      expect(await send('c')).toMatchObject({ status: 'delivered', offset: 2n });
      expect(await storedValues()).toEqual(['a', 'b', 'c']);
    });
  });

  describe('a quota', () => {
    test.each(['Metadata', 'InitProducerId', 'Produce'] as const)('is respected after %s', async (api) => {
      setup.broker.faults.throttle(TIMEOUT_MS * 2, api);
      const deliveries = [await send('a'), await send('b'), await send('c')];
      expect(deliveries).toMatchObject([{ offset: 0n }, { offset: 1n }, { offset: 2n }]);
    });

    test('beyond the deadline refuses the record, which is not sent later', async () => {
      setup.broker.faults.throttle(1_500, 'Produce');
      await send('a');
      await setup.broker.faults.clear();
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
      await send('a', 20_000, lasting);
      await first.stop({ abrupt: true });
      expect(['broker_unreachable', 'delivery_unconfirmed']).toContain(await outcomeOf('b', 5_000, lasting));
      setup.broker = await startTestBroker({ dataDirectory, port: first.port });
      expect(await send('c', 20_000, lasting)).toMatchObject({ status: 'delivered', offset: 1n });
      expect(await storedValues()).toEqual(['a', 'c']);
    });

    test('that lost everything is used all the same', async () => {
      await send('a');
      await setup.broker.stop({ abrupt: true });
      setup.broker = await startTestBroker({ port: setup.broker.port });
      setup.broker.createTopic(TOPIC, 1);
      expect(await send('b')).toMatchObject({ status: 'delivered', offset: 0n });
      expect(await storedValues()).toEqual(['b']);
    });
  });
});
