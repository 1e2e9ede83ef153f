import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that a system gives to clients, and to servers on port 0 (Linux: from 32768, IANA: from 49152): nothing
 * else takes one of these between the moment it is found free and the moment a test listens on it.
 *
 * @see {@link https://docs.kernel.org/networking/ip-sysctl.html Linux kernel documentation, "IP Variables", ip_local_port_range}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6335 RFC 6335, section 6}
 */
const LOWEST_PORT = 10_240;
const HIGHEST_PORT = 32_767;

/** A port that nothing listens on, for what cannot be started on port 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  // On all addresses, `localhost` and 127.0.0.1 among them.
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
