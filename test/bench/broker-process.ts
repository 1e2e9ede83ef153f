import { startBroker } from '../../lib/local/broker/broker.ts';

async function serve(retentionBytes = '', dataDirectory = '', ...topics: readonly string[]): Promise<void> {
  const broker = await startBroker({
    port: 0,
    retentionBytes: Number(retentionBytes),
    ...(dataDirectory && { dataDirectory }),
  });
  for (const topic of topics) broker.createTopic(topic);
  process.send?.(broker.address);
}

// Ends with whoever started it.
process.on('disconnect', () => process.exit());
void serve(...process.argv.slice(2));
