import { startBroker } from '../../lib/local/broker/broker.ts';

async function serve(retentionBytes: number): Promise<void> {
  const broker = await startBroker({ port: 0, retentionBytes });
  broker.createTopic('events');
  process.send?.(broker.address);
}

// Ends with whoever started it.
process.on('disconnect', () => process.exit());
void serve(Number(process.argv[2]));
