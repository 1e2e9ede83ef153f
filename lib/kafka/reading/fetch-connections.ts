import type { Cluster } from '../client/cluster.ts';
import type { ConnectionOptions } from '../client/connection.ts';
import { BrokerConnection, NoAnswer } from '../connection/broker-connection.ts';

/**
 * Connections for Fetch requests alone, because one that waits for records holds up what is sent behind it. Those of kafkajs
 * are not used, for the reason that {@link BrokerConnection} gives.
 */
export class FetchConnections {
  readonly #cluster: Cluster;
  readonly #options: ConnectionOptions;
  readonly #byNode = new Map<string, BrokerConnection>();
  #isClosed = false;

  /** @param cluster - is asked where its nodes are */
  constructor(cluster: Cluster, options: ConnectionOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /**
   * Connects to a node, unless it is connected.
   *
   * @throws NoAnswer or KafkaFailure when that fails, NoAnswer when all are closed; Error of kafkajs when there is no such node
   */
  async to(nodeId: string): Promise<BrokerConnection> {
    const known = this.#connected(nodeId);
    if (known !== undefined) return known.opened;
    const { connectionPool } = await this.#cluster.findBroker({ nodeId });
    if (this.#isClosed)
      throw new NoAnswer('The connections were closed', { wasSent: false, wasSilent: false });
    // Another call may have connected meanwhile.
    const connection =
      this.#connected(nodeId) ??
      new BrokerConnection(`${connectionPool.host}:${connectionPool.port}`, this.#options);
    this.#byNode.set(nodeId, connection);
    return connection.opened;
  }

  #connected(nodeId: string): BrokerConnection | undefined {
    const known = this.#byNode.get(nodeId);
    return known?.isLost ? undefined : known;
  }

  /** Closes all connections at once: what is under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#byNode.values()].map((connection) => connection.close()));
  }
}
