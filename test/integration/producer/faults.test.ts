import { eventually } from '../../../lib/testing/eventually.ts';
import { int16, int32, startKafkaProxy } from '../../support/kafka-proxy.ts';
import { producerUnderFaults } from '../../support/producer-under-faults.ts';
import { readTopic } from '../../support/read-topic.ts';
import { sendTo } from '../../support/send-to.ts';
import { startFaultyKafka } from '../../support/test-kafka.ts';
import {
  impatient,
  outcomes,
  recordOf,
  soon,
  TIMEOUT_MS,
  TOPIC,
  testProducer,
} from '../../support/test-producer.ts';

const setup = producerUnderFaults(startFaultyKafka);
const { send, outcomeOf, storedValues } = setup;

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a lost connection', () => {
  test.each<[string, () => void]>([
    ['forgotten on the way', () => setup.broker.faults.dropSilently()],
    ['reset', () => setup.broker.faults.reset()],
  ])('that was %s costs nothing but time', async (_case, lose) => {
    expect(await outcomeOf('a')).toBe('delivered');
    lose();
    expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
    expect(await storedValues()).toEqual(['a', 'b']);
  });

  test('that stays lost leaves open what became of the record', async () => {
    await send('a');
    setup.broker.faults.dropSilently({ newConnections: 'silent' });
    expect(await outcomeOf('b')).toBe('delivery_unconfirmed');
    await setup.broker.faults.clear();
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'c']);
  });

  test('that was closed before anything was sent leaves nothing open', async () => {
    await send('a');
    setup.broker.faults.refuse();
    setup.broker.faults.reset();
    expect(
      await eventually('the loss is noticed', async () => {
        const outcome = await outcomeOf('b');
        return outcome === 'broker_unreachable' && outcome;
      }),
    ).toBe('broker_unreachable');
    await setup.broker.faults.accept();
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'c']);
  });

  test('while the record is under way does not store it twice', async () => {
    await send('a');
    setup.broker.faults.delay(TIMEOUT_MS / 2, 'Produce');
    const sending = outcomeOf('b');
    await eventually('the record arrived', async () => (await storedValues()).length === 2);
    await setup.broker.faults.clear();
    setup.broker.faults.reset();
    expect(await sending).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b']);
  });

  test('of one send is not lost for another one', async () => {
    await setup.broker.createTopic('other', 3);
    const shared = testProducer([setup.broker.address], impatient);
    await sendTo(shared, 'other', [recordOf('a'), recordOf('b'), recordOf('c')], soon());
    setup.broker.faults.stopAcknowledging(1);
    const sending = [0, 1, 2, 3].map((value) => sendTo(shared, 'other', [recordOf(`${value}`)], soon()));
    expect(outcomes((await Promise.all(sending)).flat())).toEqual(Array(4).fill('delivered'));
    expect(await readTopic(setup.broker, 'other')).toHaveLength(7);
  });

  test('is expected after four minutes without use', async () => {
    const patient = testProducer([setup.broker.address], { ...impatient, requestTimeout: 60_000 });
    expect(await outcomeOf('a', 20_000, patient)).toBe('delivered');
    setup.broker.faults.dropSilently();
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 241_000);
    expect(await outcomeOf('b', 20_000, patient)).toBe('delivered');
    expect(await outcomeOf('c', 20_000, patient)).toBe('delivered');
  });
});

describe('a missing acknowledgement', () => {
  test('is asked for again, and the record is stored once', async () => {
    await send('a');
    setup.broker.faults.stopAcknowledging(1);
    expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
    expect(await send('c')).toMatchObject({ status: 'delivered', offset: 2n });
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('for the very first record is asked for again, too', async () => {
    setup.broker.faults.stopAcknowledging(1);
    expect(await send('a')).toMatchObject({ status: 'delivered', offset: 0n });
    expect(await storedValues()).toEqual(['a']);
  });

  test('that does not come leaves open what became of the record', async () => {
    await send('a');
    setup.broker.faults.stopAcknowledging(2);
    expect(await outcomeOf('b')).toBe('delivery_unconfirmed');
    expect(await send('c')).toMatchObject({ status: 'delivered', offset: 2n });
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('until the deadline leaves it open, too', async () => {
    const patient = testProducer([setup.broker.address], { ...impatient, requestTimeout: 60_000 });
    await send('a', 20_000, patient);
    setup.broker.faults.stopAcknowledging(1);
    expect(await outcomeOf('b', 200, patient)).toBe('delivery_unconfirmed');
    expect(await outcomeOf('c', 20_000, patient)).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('of a slow broker is waited for', async () => {
    setup.broker.faults.delay(TIMEOUT_MS / 2, 'Produce');
    expect(await outcomeOf('a')).toBe('delivered');
  });

  test('of a broker that is too slow leaves it open, and the record is stored once', async () => {
    await send('a');
    setup.broker.faults.delay(TIMEOUT_MS * 4, 'Produce');
    expect(await outcomeOf('b')).toBe('delivery_unconfirmed');
    await setup.broker.faults.clear();
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });
});

describe('a partition without a leader', () => {
  const offline = 2;

  /** Says in the metadata that the partition has no leader, as long as `whether` says so. */
  const hideLeader = (response: Buffer, whether: boolean) => {
    const entry = Buffer.concat([int16(0), int32(offline), int32(1)]);
    const at = response.indexOf(entry);
    if (whether && at >= 0) Buffer.concat([int16(5), int32(offline), int32(-1)]).copy(response, at);
  };

  test('does not hold up the others, and is used when it has one again', async () => {
    let leaderless = true;
    await setup.broker.createTopic('three', 3);
    const { address } = await startKafkaProxy(setup.broker, {
      metadata: (response) => hideLeader(response, leaderless),
    });
    const own = testProducer([address], impatient);
    const records = ['a', 'b', 'c'].map((value) => recordOf(value));
    expect(outcomes(await sendTo(own, 'three', records, soon()))).toEqual([
      'delivered',
      'delivered',
      'delivery_refused',
    ]);
    leaderless = false;
    expect(outcomes(await sendTo(own, 'three', records, soon()))).toEqual(Array(3).fill('delivered'));
  });
});

describe('a deadline', () => {
  test('that has passed sends nothing, and disturbs nothing', async () => {
    await send('a');
    expect(await outcomeOf('b', 0)).toBe('broker_unreachable');
    const [late] = await sendTo(setup.producer, TOPIC, [recordOf('b')], Date.now() - 1_000);
    expect(late).toMatchObject({ status: 'failed', error: { code: 'broker_unreachable' } });
    expect(await outcomeOf('c')).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'c']);
  });

  test('that passes while others are being sent sends nothing', async () => {
    await send('a');
    setup.broker.faults.delay(TIMEOUT_MS / 2, 'Produce');
    const first = outcomeOf('b');
    const second = outcomeOf('c', 50);
    const third = outcomeOf('d');
    expect(await Promise.all([first, second, third])).toEqual([
      'delivered',
      'broker_unreachable',
      'delivered',
    ]);
    expect(await storedValues()).toEqual(['a', 'b', 'd']);
  });
});
