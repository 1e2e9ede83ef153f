import { type KafkaConfiguration, kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import type { Broker } from '../../../lib/local/broker/broker.ts';
import { forgetPosition, groupMembers } from '../../../lib/local/start/cluster-admin.ts';
import { startTestBroker } from '../../support/broker.ts';

/** A cluster whose next requests of a kind fail. */
async function clusterWith(...failure: Parameters<Broker['faults']['fail']>): Promise<KafkaConfiguration> {
  const broker = await startTestBroker();
  broker.faults.fail(...failure);
  return kafkaConfiguration({ KAFKA_BROKERS: broker.address });
}

describe('the coordinator of a consumer group', () => {
  test.each([
    ['asked again for the members while it loads', 'DescribeGroups', 'COORDINATOR_LOAD_IN_PROGRESS', 3],
    ['asked again for the members while it has moved', 'DescribeGroups', 'NOT_COORDINATOR', 3],
    [
      'asked again for the members while it is not there yet',
      'DescribeGroups',
      'COORDINATOR_NOT_AVAILABLE',
      3,
    ],
    [
      'looked for again while a cluster that has just started has none',
      'FindCoordinator',
      'COORDINATOR_NOT_AVAILABLE',
      8,
    ],
  ] as const)('is %s', async (_case, api, error, times) => {
    const kafka = await clusterWith(api, error, times);
    expect(await groupMembers(kafka, 'orders-reader')).toEqual([]);
  });

  test('is not looked for again when the group may not be used', async () => {
    const kafka = await clusterWith('FindCoordinator', 'GROUP_AUTHORIZATION_FAILED', 8);
    await expect(groupMembers(kafka, 'orders-reader')).rejects.toMatchObject({
      kind: 'unauthorized',
      errorCode: 'GROUP_AUTHORIZATION_FAILED',
    });
  });

  test('is not asked again when it refuses', async () => {
    const kafka = await clusterWith('ListGroups', 'CLUSTER_AUTHORIZATION_FAILED', 1);
    await expect(forgetPosition(kafka, 'orders-reader')).rejects.toMatchObject({
      errorCode: 'CLUSTER_AUTHORIZATION_FAILED',
    });
  });
});
