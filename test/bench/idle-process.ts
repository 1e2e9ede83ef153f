import { setTimeout as sleep } from 'node:timers/promises';
import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';
import { clients } from './publish-clients.ts';

const SHORT_MS = 500;
const LONG_MS = 3_500;

/** Sends once, and measures what the open connections cost while nothing is sent. */
async function start(contender = '', address = ''): Promise<void> {
  const prepare = await clients[contender]?.(address);
  await prepare?.([toKafkaRecord(event(1))])();
  onMeasure(async () => {
    // What the message took that asks for it.
    await cpuOfWaiting(SHORT_MS);
    // To fall asleep and to wake up takes 2 to 6 ms of CPU time: in every wait once, however long it is.
    const short = await cpuOfWaiting(SHORT_MS);
    const long = await cpuOfWaiting(LONG_MS);
    return { cpu: Math.max(0, long - short) / ((LONG_MS - SHORT_MS) / 1_000) };
  });
}

/** Microseconds. */
async function cpuOfWaiting(ms: number): Promise<number> {
  const before = process.cpuUsage();
  await sleep(ms);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

void start(...process.argv.slice(2));
