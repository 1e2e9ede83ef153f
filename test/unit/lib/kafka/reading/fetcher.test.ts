import type { Cluster } from '../../../../../lib/kafka/client/cluster.ts';
import { connectionOptions } from '../../../../../lib/kafka/client/connection.ts';
import { kafkaConfiguration } from '../../../../../lib/kafka/configuration.ts';
import { BrokerConnection } from '../../../../../lib/kafka/connection/broker-connection.ts';
import { ByteWriter } from '../../../../../lib/kafka/connection/byte-writer.ts';
import { Fetcher } from '../../../../../lib/kafka/reading/fetcher.ts';
import { WakeUp } from '../../../../../lib/kafka/reading/wake-up.ts';
import { createLog } from '../../../../../lib/log.ts';
import { eventually } from '../../../../../lib/testing/eventually.ts';
import { startTestBroker } from '../../../../support/broker.ts';

const TOPIC = 'orders';
/** In a Fetch request, behind the id of the replica. */
const MAX_WAIT_AT = 4;

/** How long each Fetch request lets the broker wait, in milliseconds. */
function recordedWaits(): number[] {
  const waits: number[] = [];
  const { request } = BrokerConnection.prototype;
  jest.spyOn(BrokerConnection.prototype, 'request').mockImplementation(function (
    this: BrokerConnection,
    sent,
  ) {
    if (sent.apiName === 'Fetch') {
      const writer = new ByteWriter();
      sent.write(writer, 4);
      waits.push(writer.written().readInt32BE(MAX_WAIT_AT));
    }
    return request.call(this, sent);
  });
  return waits;
}

afterEach(() => jest.restoreAllMocks());

test('a partition that is held up waits only briefly for fetches of others that have no records', async () => {
  const broker = await startTestBroker({ defaultPartitions: 2 });
  broker.createTopic(TOPIC);
  const { address } = broker;
  const [host = '', port = ''] = address.split(':');
  const cluster: Pick<Cluster, 'findBroker' | 'findLeaderForPartitions'> = {
    findBroker: async () => Object({ nodeId: 0, connectionPool: { host, port: Number(port) } }),
    findLeaderForPartitions: (_, partitions) => ({ 0: [...partitions] }),
  };
  const waits = recordedWaits();
  const reading = new AbortController();
  const fetcher = new Fetcher({
    cluster: Object(cluster),
    connection: await connectionOptions(kafkaConfiguration({ KAFKA_BROKERS: address })),
    topic: TOPIC,
    partitions: [0, 1],
    handler: {
      assigned: () => {},
      // The second one is held up for four fetches.
      wants: (partition) => partition === 0 || waits.length >= 4,
      received: () => {},
      revoked: async () => {},
      failed: (error) => {
        throw error;
      },
    },
    wakeUp: new WakeUp(),
    reading: reading.signal,
    log: createLog({ write: () => {} }),
  });
  fetcher.readFrom(0, 0);
  fetcher.readFrom(1, 0);
  const ended = fetcher.run();

  await eventually('a fetch of both', () => waits.length >= 5);

  expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 200]);
  reading.abort();
  await ended;
});
