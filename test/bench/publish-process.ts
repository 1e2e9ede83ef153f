import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { event } from './events.ts';
import { onMeasure } from './fresh-process.ts';
import { clients, type Send } from './publish-clients.ts';

/** Enough for a 99th percentile, and with batches for much the same time. */
const sendsOf = (size: number) => (size === 1 ? 1_000 : 100);

async function start(contender = '', address = '', size = ''): Promise<void> {
  const records = Array.from({ length: Number(size) }, (_, id) => toKafkaRecord(event(id)));
  const sends = sendsOf(records.length);
  const prepare = await clients[contender]?.(address);
  if (prepare === undefined) throw new Error(`no client ${contender}`);
  const send = prepare(records);
  await timesOf(sends, send);
  onMeasure(async () => {
    const before = process.cpuUsage();
    const times = await timesOf(sends, send);
    const { user, system } = process.cpuUsage(before);
    const total = times.reduce((sum, time) => sum + time, 0);
    times.sort((a, b) => a - b);
    return {
      p50: times[Math.floor(sends * 0.5)] ?? Number.NaN,
      p99: times[Math.floor(sends * 0.99)] ?? Number.NaN,
      cpu: (user + system) / sends,
      throughput: (sends * records.length * 1e6) / total,
    };
  });
}

/** Microseconds of each, one after the other. */
async function timesOf(count: number, send: Send): Promise<number[]> {
  const times: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const start = performance.now();
    await send();
    times.push((performance.now() - start) * 1_000);
  }
  return times;
}

void start(...process.argv.slice(2));
