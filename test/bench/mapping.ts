import { toKafkaRecord } from '../../lib/schema/kafka-binding.ts';
import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { eventOfSize } from './events.ts';
import { fillTopic } from './fill-topic.ts';
import { localScript } from './local-script.ts';
import { inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 7;
/** Kept per partition: all of it. */
const RETENTION_BYTES = 256 * 1024 * 1024;
/** How many records are in the topic, by the bytes of their values. */
const topics = { '200': 30_000, '2000': 10_000 } as const;
const contenders = { kafkajs: 'kafkajs', bare: 'bare', ours: 'ours' };

/** How fast the local mapping hands a full topic to the function. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('handlers/consume.ts');
  const rows: Row[] = [];
  for (const [bytes, count] of Object.entries(topics)) {
    const broker = await startBenchBroker({ retentionBytes: RETENTION_BYTES });
    try {
      const records = Array.from({ length: count }, (_, id) => toKafkaRecord(eventOfSize(id, Number(bytes))));
      await fillTopic(broker.address, 'events', records);
      const args = [broker.address, String(count), file] as const;
      const rounds = await inWarmRounds(ROUNDS, localScript('mapping-process.ts'), contenders, ...args);
      for (const [row, ...pair] of [
        ['mapping', 'ours', 'kafkajs'],
        ['mapping-bare', 'ours', 'bare'],
        ['mapping-floor', 'bare', 'kafkajs'],
      ] as const) {
        rows.push(ratio(row, `values of ${bytes} B`, rounds, [...pair, 'speed'], 'records/s'));
      }
    } finally {
      broker.stop();
    }
  }
  return rows.toSorted((a, b) => a.name.localeCompare(b.name));
}
