import { startBroker } from '../../../lib/local/broker/broker.ts';

// A broker in a process of its own, that a test can kill. Argument: the data directory.
async function serve(dataDirectory = ''): Promise<void> {
  const broker = await startBroker({ port: 0, dataDirectory });
  broker.createTopic('kept', 1);
  process.stdout.write(`${broker.address}\n`);
}

void serve(process.argv[2]);
