import { startBroker } from '../../../lib/local/broker/broker.ts';
import type { NetworkFaults } from '../../support/kafka-proxy.ts';
import type { seededRandom } from '../../support/seeded-random.ts';
import type { FaultyKafka } from '../../support/test-kafka.ts';

type Random = ReturnType<typeof seededRandom>;
type NamedFaults = Readonly<Record<string, () => void | Promise<void>>>;

/** A Kafka without topics, and what can happen to it. */
export interface ChaosKafka {
  /** host:port. */
  readonly address: string;
  createTopic(name: string, partitions: number): void | Promise<void>;
  faults(random: Random): NamedFaults;
  /** Ends whatever has happened. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** Any Kafka whose connections can fail; the caller ends it. */
export function faultyConnections(kafka: FaultyKafka): ChaosKafka {
  return {
    address: kafka.address,
    createTopic: (name, partitions) => kafka.createTopic(name, partitions),
    faults: (random) => networkFaults(() => kafka.faults, random),
    clear: () => kafka.faults.clear(),
    stop: async () => {},
  };
}

/** An embedded broker, which can fail in every way it knows. */
export async function faultyBroker(dataDirectory: string): Promise<ChaosKafka> {
  let broker = await startBroker({ port: 0, dataDirectory });
  return {
    address: broker.address,
    createTopic: (name, partitions) => broker.createTopic(name, partitions),
    faults: (random) => ({
      ...networkFaults(() => broker.faults, random),
      throttled: () => broker.faults.throttle(random.integer(50, 200)),
      'not enough replicas': () => broker.faults.fail('Produce', 'NOT_ENOUGH_REPLICAS', random.integer(1, 8)),
      'not the leader': () => broker.faults.fail('Produce', 'NOT_LEADER_OR_FOLLOWER', random.integer(1, 8)),
      'leader moved': () => broker.faults.moveLeader(),
      'broker killed and restarted': async () => {
        const { port } = broker;
        await broker.stop({ abrupt: true });
        broker = await startBroker({ port, dataDirectory });
      },
    }),
    clear: () => broker.faults.clear(),
    stop: () => broker.stop(),
  };
}

function networkFaults(faults: () => NetworkFaults, random: Random): NamedFaults {
  return {
    'connections reset': () => faults().reset(),
    'connections dropped silently': () => faults().dropSilently(),
    'broker silent': () => faults().dropSilently({ newConnections: 'silent' }),
    'connections refused': () => {
      faults().refuse();
      faults().reset();
    },
    'slow answers': () => faults().delay(random.integer(50, 400)),
    'appended, not acknowledged': () => faults().stopAcknowledging(random.integer(1, 5)),
  };
}
