import { once } from 'node:events';
import { createServer } from 'node:net';
import { errorMessage, UserError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';

/** A port that is about to be listened on. */
export interface WantedPort {
  purpose: string;
  host: string;
  /** 0: any free port. */
  port: number;
  /** How to choose another one. */
  flag: string;
  variable: string;
}

/** A port of the local run is in use. */
export class PortTakenError extends UserError {
  override readonly name = 'PortTakenError';
}

/**
 * Checks, before anything is started, that every port is free and used once.
 *
 * @throws PortTakenError with one line per port, saying which it is and how to choose another
 */
export async function claimPorts(wanted: readonly WantedPort[]): Promise<void> {
  const problems: string[] = [];
  const users = new Map<number, string>();
  for (const { purpose, host, port, flag, variable } of wanted.filter((each) => each.port !== 0)) {
    const user = users.get(port);
    const obstacle = user === undefined ? await listenObstacle(host, port) : `is taken by ${user}`;
    users.set(port, purpose);
    if (obstacle !== undefined) {
      problems.push(`Port ${port} for ${purpose} ${obstacle}: choose another with ${flag} or ${variable}.`);
    }
  }
  if (problems.length > 0) throw new PortTakenError(problems);
}

async function listenObstacle(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    if (isJsonObject(error) && error.code === 'EADDRINUSE') return 'is taken by another program';
    return `cannot be used (${errorMessage(error)})`;
  } finally {
    server.close();
  }
}
