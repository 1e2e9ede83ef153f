import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Node } from './embedded-cluster.ts';
import { systemCode } from './system-code.ts';

/**
 * max.connections; Kafka's default is no limit. More than a development machine has use for, few enough to leave file
 * descriptors for the logs.
 */
export const MAX_CONNECTIONS = 1000;

/** A port on which one node of the cluster accepts connections. */
export class Listener {
  readonly #host: string;
  readonly #onSocket: (socket: Socket) => void;
  #port: number;
  #server: Server | undefined;

  constructor(host: string, port: number, onSocket: (socket: Socket) => void) {
    this.#host = host;
    this.#port = port;
    this.#onSocket = onSocket;
  }

  /**
   * Listens; again on the same port after close().
   *
   * @throws when the port is taken; the error that the system gave is its cause
   */
  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer(this.#onSocket);
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(this.#port, this.#host);
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw this.#explain(cause);
    }
    // E.g. out of file descriptors: the connection is lost, the broker is not.
    server.on('error', () => {});
    const address = server.address();
    if (address && typeof address === 'object') this.#port = address.port;
    this.#server = server;
  }

  /** Refuses new connections; the existing ones stay. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  node(id: number): Node {
    return { id, host: this.#host, port: this.#port };
  }

  #explain(cause: unknown): Error {
    const address = `${this.#host}:${this.#port}`;
    const taken = systemCode(cause) === 'EADDRINUSE';
    const message = taken
      ? `the Kafka broker cannot listen on ${address}: the port is taken. Stop the program that uses it, or give the ` +
        'broker another port (the flag --kafkaPort, the environment variable KAFKA_PORT, or `port` of startBroker; ' +
        '0 means any free one)'
      : `the Kafka broker cannot listen on ${address}: ${String(cause)}`;
    return new Error(message, { cause });
  }
}
