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
  /** Not by address: another node may have that now. */
  readonly #byNode = new Map<string, BrokerConnection>();

  /**
   * @param cluster - is asked where its nodes are
   * @param options - from `connectionOptions`
   */
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
    const known = this.#byNode.get(nodeId);
    if (known !== undefined && !known.isLost) return known;
    const { connectionPool } = await this.#cluster.findBroker({ nodeId });
    const connection = await this.#connections.to(`${connectionPool.host}:${connectionPool.port}`);
    this.#byNode.set(nodeId, connection);
    return connection;
  }

  /** Closes all connections at once: what is under way fails. */
  close(): Promise<void> {
    return this.#connections.close();
  }
}
