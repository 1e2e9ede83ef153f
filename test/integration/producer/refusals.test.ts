import { eventually } from '../../../lib/testing/eventually.ts';
import { startTestBroker } from '../../support/broker.ts';
import { producerUnderFaults } from '../../support/producer-under-faults.ts';
import { impatient, testProducer } from '../../support/test-producer.ts';

/** Refusals; more than the attempts of a producer. */
const MANY = 100;

const setup = producerUnderFaults(startTestBroker);
const { send, outcomeOf, storedValues } = setup;

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
    setup.broker.faults.fail('Produce', error, MANY);
    expect(await outcomeOf('b')).toBe(code);
    await setup.broker.faults.clear();
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
    setup.broker.faults.fail('Produce', error, 2);
    expect(await send('b')).toMatchObject({ status: 'delivered', offset: 1n });
    expect(await storedValues()).toEqual(['a', 'b']);
  });

  test('after an answer was lost does not store the record twice', async () => {
    const patient = testProducer([setup.broker.address], { ...impatient, requestTimeout: 1_500 });
    await send('a', 20_000, patient);
    setup.broker.faults.stopAcknowledging(1);
    const sending = outcomeOf('b', 20_000, patient);
    await eventually('the record arrived', async () => (await storedValues()).length === 2);
    setup.broker.faults.fail('Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 1);
    expect(await sending).toBe('delivery_unconfirmed');
    expect(await outcomeOf('c', 20_000, patient)).toBe('delivered');
    expect(await storedValues()).toEqual(['a', 'b', 'c']);
  });

  test('ends with the deadline', async () => {
    await send('a');
    setup.broker.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS', MANY);
    // Unconfirmed when the deadline comes while an attempt is under way.
    expect(['delivery_refused', 'delivery_unconfirmed']).toContain(await outcomeOf('b', 200));
  });

  test('of a producer id is no refusal for good', async () => {
    setup.broker.faults.fail('InitProducerId', 'COORDINATOR_LOAD_IN_PROGRESS', 2);
    expect(await outcomeOf('a')).toBe('delivered');
  });
});
