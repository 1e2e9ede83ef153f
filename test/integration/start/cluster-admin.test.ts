import { kafkaConfiguration } from '../../../lib/kafka/configuration.ts';
import { forgetPosition, groupMembers } from '../../../lib/local/start/cluster-admin.ts';
import { startTestBroker } from '../../support/broker.ts';

describe('the coordinator of a consumer group', () => {
  test.each([
    ['loads', 'COORDINATOR_LOAD_IN_PROGRESS'],
    ['has moved', 'NOT_COORDINATOR'],
    ['is not there yet', 'COORDINATOR_NOT_AVAILABLE'],
  ] as const)('is asked again for the members while it %s', async (_case, error) => {
    const broker = await startTestBroker();
    broker.faults.fail('DescribeGroups', error, 3);
    const kafka = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
    expect(await groupMembers(kafka, 'orders-reader')).toEqual([]);
  });

  test('is not asked again when it refuses', async () => {
    const broker = await startTestBroker();
    broker.faults.fail('ListGroups', 'CLUSTER_AUTHORIZATION_FAILED', 1);
    const kafka = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
    await expect(forgetPosition(kafka, 'orders-reader')).rejects.toMatchObject({
      errorCode: 'CLUSTER_AUTHORIZATION_FAILED',
    });
  });
});
