import type { ConnectionOptions } from '../client/connection.ts';
import { BrokerConnection, NoAnswer } from './broker-connection.ts';

/** Connections to brokers, one for each address. */
export class ConnectionPool {
  readonly #options: ConnectionOptions;
  readonly #connections = new Map<string, BrokerConnection>();
  #isClosed = false;

  /** @param options - from `connectionOptions` */
  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Where there are connections that are not lost; some of them may still be opening. */
  get addresses(): string[] {
    return [...this.#connections].filter(([, { isLost }]) => !isLost).map(([address]) => address);
  }

  /**
   * The connection to an address, unless there is none or it is lost.
   *
   * @param address - `host:port`
   */
  find(address: string): BrokerConnection | undefined {
    const known = this.#connections.get(address);
    if (!known?.isLost) return known;
    this.#connections.delete(address);
    return undefined;
  }

  /**
   * Connects to an address, unless that is done.
   *
   * @param address - `host:port`
   * @throws NoAnswer or KafkaFailure when that fails, NoAnswer when the pool is closed
   */
  async to(address: string): Promise<BrokerConnection> {
    const known = this.find(address);
    if (known !== undefined) return known.opened;
    if (this.#isClosed)
      throw new NoAnswer('The connections were closed', { wasSent: false, wasSilent: false });
    const connection = new BrokerConnection(address, this.#options);
    this.#connections.set(address, connection);
    return connection.opened;
  }

  /** Closes all connections at once, and opens no more: what is under way fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
  }
}
