import { setTimeout as sleep } from 'node:timers/promises';
import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';
import { clients } from './publish-clients.ts';

const IDLE_MS = 3_000;

// Sends once, and measures what the open connections cost while nothing is sent.
async function start(contender = '', address = ''): Promise<void> {
  const prepare = await clients[contender]?.(address);
  await prepare?.([toKafkaRecord(event(1))])();
  onMeasure(async () => {
    const before = process.cpuUsage();
    const begin = performance.now();
    await sleep(IDLE_MS);
    const { user, system } = process.cpuUsage(before);
    return { cpu: (user + system) / ((performance.now() - begin) / 1_000) };
  });
}

void start(...process.argv.slice(2));
