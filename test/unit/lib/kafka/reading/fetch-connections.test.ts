import type { Cluster } from '../../../../../lib/kafka/client/cluster.ts';
import { connectionOptions } from '../../../../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../../../../lib/kafka/configuration.ts';
import { FetchConnections } from '../../../../../lib/kafka/reading/fetch-connections.ts';
import { startTestBroker } from '../../../../support/broker.ts';

async function connectionsToOneNode(): Promise<FetchConnections> {
  const { address } = await startTestBroker();
  const [host = '', port = ''] = address.split(':');
  const cluster: Pick<Cluster, 'findBroker'> = {
    findBroker: async () => Object({ nodeId: 0, connectionPool: { host, port: Number(port) } }),
  };
  const options = await connectionOptions(kafkaConfiguration({ KAFKA_BROKERS: address }));
  return new FetchConnections(Object(cluster), options);
}

test('partitions that are read side by side share one connection to their leader', async () => {
  const connections = await connectionsToOneNode();
  const [first, second] = await Promise.all([connections.to('0'), connections.to('0')]);
  expect(second).toBe(first);
  expect(await connections.to('0')).toBe(first);
  await connections.close();
});

test('a connection that was lost is replaced', async () => {
  const connections = await connectionsToOneNode();
  const first = await connections.to('0');
  await first.close();
  expect(await connections.to('0')).not.toBe(first);
  await connections.close();
});

test('nothing is connected once all are closed', async () => {
  const connections = await connectionsToOneNode();
  const connecting = connections.to('0');
  await connections.close();
  await expect(connecting).rejects.toThrow('The connections were closed');
});

test('nodes that have exchanged their addresses have a connection each', async () => {
  const brokers = [await startTestBroker(), await startTestBroker()];
  let addresses = brokers.map(({ address }) => address);
  const cluster: Pick<Cluster, 'findBroker'> = {
    findBroker: async ({ nodeId }) => {
      const [host = '', port = ''] = addresses[Number(nodeId)]?.split(':') ?? [];
      return Object({ nodeId, connectionPool: { host, port: Number(port) } });
    },
  };
  const options = await connectionOptions(kafkaConfiguration({ KAFKA_BROKERS: addresses.join() }));
  const connections = new FetchConnections(Object(cluster), options);
  for (const nodeId of ['0', '1']) await (await connections.to(nodeId)).close();

  addresses = addresses.toReversed();

  const [second, first] = [await connections.to('1'), await connections.to('0')];
  expect(first).not.toBe(second);
  await connections.close();
});
