import { startBroker } from '../../lib/local/broker/broker.ts';

/** Bounds the memory: what clients have sent is not read. */
const RETENTION_BYTES = 16 * 1024 * 1024;

async function serve(): Promise<void> {
  const broker = await startBroker({ port: 0, retentionBytes: RETENTION_BYTES });
  broker.createTopic('events');
  process.send?.(broker.address);
}

// Ends with whoever started it.
process.on('disconnect', () => process.exit());
void serve();
