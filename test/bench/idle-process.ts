import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';
import { clients } from './publish-clients.ts';

/** Sends once, says that it is warm when asked, and leaves the connections open. */
async function start(contender = '', address = ''): Promise<void> {
  const prepare = await clients[contender]?.(address);
  await prepare?.([toKafkaRecord(event(1))])();
  onMeasure(async () => ({}));
}

void start(...process.argv.slice(2));
