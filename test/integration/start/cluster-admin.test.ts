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

  test('is looked for again while a cluster that has just started has none', async () => {
    const broker = await startTestBroker();
    broker.faults.fail('FindCoordinator', 'COORDINATOR_NOT_AVAILABLE', 8);
    const kafka = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
    expect(await groupMembers(kafka, 'orders-reader')).toEqual([]);
  });

  test('is not looked for again when the group may not be used', async () => {
    const broker = await startTestBroker();
    broker.faults.fail('FindCoordinator', 'GROUP_AUTHORIZATION_FAILED', 8);
    const kafka = kafkaConfiguration({ KAFKA_BROKERS: broker.address });
    await expect(groupMembers(kafka, 'orders-reader')).rejects.toMatchObject({
      kind: 'unauthorized',
      errorCode: 'GROUP_AUTHORIZATION_FAILED',
    });
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
