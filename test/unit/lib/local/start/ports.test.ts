import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { claimPorts, PortTakenError } from '../../../../../lib/local/start/ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const wanted = (port: number, flag: string) => ({
  purpose: `the purpose of ${flag}`,
  host: '127.0.0.1',
  port,
  flag: `--${flag}`,
  variable: flag.toUpperCase(),
});

describe('ports of the local run', () => {
  test('that are free may be listened on afterwards', async () => {
    const port = await takenPort();
    const server = servers.pop();
    await new Promise((closed) => server?.close(closed));
    await claimPorts([wanted(port, 'a')]);

    const again = createServer().listen(port, '127.0.0.1');
    servers.push(again);
    await once(again, 'listening');
  });

  test('that are taken are all named, with the flag and the variable to choose another', async () => {
    const [first, second] = [await takenPort(), await takenPort()];
    const claim = claimPorts([wanted(first, 'a'), wanted(0, 'b'), wanted(second, 'c')]);
    await expect(claim).rejects.toThrow(PortTakenError);
    await expect(claim).rejects.toThrow(
      `Port ${first} for the purpose of a is taken by another program: choose another with --a or A.\n` +
        `Port ${second} for the purpose of c is taken by another program: choose another with --c or C.`,
    );
  });

  test('must differ from each other', async () => {
    const port = await takenPort();
    const server = servers.pop();
    await new Promise((closed) => server?.close(closed));
    await expect(claimPorts([wanted(port, 'a'), wanted(port, 'b')])).rejects.toThrow(
      `Port ${port} for the purpose of b is taken by the purpose of a`,
    );
  });
});
