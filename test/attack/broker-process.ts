import { startBroker } from '../../lib/local/broker/broker.ts';
import { createLog } from '../../lib/log.ts';

// A broker in a process of its own, that an attack may end. Argument: the data directory, or nothing for memory.
async function serve(dataDirectory?: string): Promise<void> {
  const log = createLog({ write: (line) => process.stderr.write(line), level: 'error' });
  const broker = await startBroker({ port: 0, log, ...(dataDirectory && { dataDirectory }) });
  broker.createTopic('attacked', 1);
  process.on('message', () => {
    globalThis.gc?.();
    process.send?.({ rss: process.memoryUsage().rss });
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port: broker.port });
}

void serve(process.argv[2]);
