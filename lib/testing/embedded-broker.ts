import { type Broker, type BrokerOptions, startBroker } from '../local/broker/broker.ts';

/**
 * Runs a test on an embedded broker of its own, in memory and on a free port; the broker is stopped when the test has ended.
 *
 * @param work - given the broker, which has no topics
 */
export async function withBroker<Result>(
  work: (broker: Broker) => Promise<Result>,
  options: Omit<BrokerOptions, 'port'> = {},
): Promise<Result> {
  const broker = await startBroker({ ...options, port: 0 });
  try {
    return await work(broker);
  } finally {
    await broker.stop({ abrupt: true });
  }
}
