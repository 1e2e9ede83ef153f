import type { Cluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import type { BrokerConnection } from '../connection/broker-connection.ts';
import { ConnectionPool } from '../connection/connection-pool.ts';

/**
 * Connections for Fetch requests alone, because one that waits for records holds up what is sent behind it. Those of kafkajs
 * are not used, for the reason that {@link BrokerConnection} gives.
 */
export class FetchConnections {
  readonly #cluster: Cluster;
  readonly #connections: ConnectionPool;
  /** Of the nodes that were connected to. */
  readonly #addresses = new Map<string, string>();

  /** @param cluster - is asked where its nodes are */
  constructor(cluster: Cluster, options: ConnectionOptions) {
    this.#cluster = cluster;
    this.#connections = new ConnectionPool(options);
  }

  /**
   * Connects to a node, unless it is connected.
   *
   * @throws NoAnswer or KafkaFailure when that fails, NoAnswer when all are closed; Error of kafkajs when there is no such node
   */
  async to(nodeId: string): Promise<BrokerConnection> {
    const known = this.#connections.find(this.#addresses.get(nodeId) ?? '');
    if (known !== undefined) return known.opened;
    const { connectionPool } = await this.#cluster.findBroker({ nodeId });
    const address = `${connectionPool.host}:${connectionPool.port}`;
    this.#addresses.set(nodeId, address);
    return this.#connections.to(address);
  }

  /** Closes all connections at once: what is under way fails. */
  close(): Promise<void> {
    return this.#connections.close();
  }
}
