import { startBroker } from '../../lib/local/broker/broker.ts';
import { type Client, clients } from './clients.ts';

/** Runs one client on a broker of its own and says how it went. */
async function passes(client: Client): Promise<boolean> {
  let started = Date.now();
  const broker = await startBroker({ port: 0 });
  try {
    await client.prepare?.();
    started = Date.now();
    await client.run({
      address: broker.address,
      topic: 'events',
      group: 'readers',
      createTopic: (name, partitions) => broker.createTopic(name, partitions),
    });
    say(`${client.name}: passed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return true;
  } catch (error) {
    say(`${client.name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await broker.stop({ abrupt: true });
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/**
 * `npm run test:clients`: uses the embedded broker with Kafka clients that others wrote, all of them or those that are
 * named (`npm run test:clients -- kcat sarama`).
 */
async function main(): Promise<void> {
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !clients.some((client) => client.name === name));
  if (unknown.length > 0) {
    say(`No such client: ${unknown.join(', ')}. There are: ${clients.map(({ name }) => name).join(', ')}`);
    process.exitCode = 1;
    return;
  }
  for (const client of clients) {
    if (named.length > 0 && !named.includes(client.name)) continue;
    if (!(await passes(client))) process.exitCode = 1;
  }
}

void main();
