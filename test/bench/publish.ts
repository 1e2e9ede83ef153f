import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { figure, inWarmRounds, median } from './rounds.ts';
import { factor, table } from './table.ts';

const ROUNDS = 11;
const BASELINE = 'kafkajs';
const contenders = { [BASELINE]: 'kafkajs', ours: 'ours', '@platformatic/kafka': 'platformatic' };
const others = Object.keys(contenders).filter((name) => name !== BASELINE);
const sizes = [1, 500] as const;

/** Sending to the embedded broker: idempotent, acknowledged by all in-sync replicas, one request after the other. */
export async function run(): Promise<string> {
  const { file } = await deployedBundle('test/bench/publish-process.ts');
  const broker = await startBenchBroker();
  try {
    const tables: string[] = [];
    for (const size of sizes) {
      const rounds = await inWarmRounds(ROUNDS, file, contenders, broker.address, String(size));
      const absolute = (name: string) => median(figure(rounds, BASELINE, name)).toFixed(0);
      tables.push(
        table(`publish: ${size === 1 ? 'one event' : `${size} events`} at a time, ${ROUNDS} rounds`, [
          ['', 'p50', 'p99', 'CPU time', 'events/s'],
          [
            BASELINE,
            `${absolute('p50')} us`,
            `${absolute('p99')} us`,
            `${absolute('cpu')} us`,
            absolute('throughput'),
          ],
          ...others.map((name) => [
            name,
            ...['p50', 'p99', 'cpu', 'throughput'].map((each) => factor(rounds, name, BASELINE, each)),
          ]),
        ]),
      );
    }
    return tables.join('\n\n');
  } finally {
    broker.stop();
  }
}
