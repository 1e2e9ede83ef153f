import type { Socket } from 'node:net';
import createSocketFactory from 'kafkajs/src/network/socketFactory';

/** Loads TLS now, while the sandbox starts with full CPU power, and not in the first request. */
const connect = createSocketFactory();

/** The sockets of one cluster, which can be destroyed all at once. */
export interface Sockets {
  /** A kafkajs socket factory. */
  readonly open: (address: unknown) => Socket;
  /** Destroys all sockets and opens no more: requests fail now, and none is sent later. Resolves when they are closed. */
  readonly destroy: () => Promise<void>;
}

/**
 * Opens sockets for kafkajs as it would itself, and keeps track of them. The disconnect of kafkajs waits for answers, which
 * never come on a dead connection, and sends requests that still wait.
 *
 * @param holdProcess - whether open sockets keep the process alive; `invoke local` must end with its answer
 */
export function createSockets(holdProcess: boolean): Sockets {
  const sockets = new Set<Socket>();
  let destroyed = false;
  return {
    open: (address) => {
      if (destroyed) throw new Error('The connections were given up');
      const socket = connect(address);
      if (!holdProcess) socket.unref();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return failOnGarbage(socket);
    },
    destroy: async () => {
      destroyed = true;
      const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      // With an error: kafkajs then fails the waiting requests and stops its timers.
      for (const socket of sockets) socket.destroy(new Error('The connection was given up'));
      await Promise.all(closed);
    },
  };
}

/** If the peer is not a Kafka broker, kafkajs throws from its listener, which would end the process. */
function failOnGarbage(socket: Socket): Socket {
  const on = socket.on.bind(socket);
  const guarded = (listener: (chunk: unknown) => void) => (chunk: unknown) => {
    try {
      listener(chunk);
    } catch (cause) {
      socket.destroy(new Error('The answer is not one of Kafka', { cause }));
    }
  };
  return Object.assign(socket, {
    on: (event: string, listener: (value: unknown) => void) =>
      on(event, event === 'data' ? guarded(listener) : listener),
  });
}
