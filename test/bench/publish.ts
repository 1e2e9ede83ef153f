import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 11;
const contenders = { kafkajs: 'kafkajs', ours: 'ours', platformatic: 'platformatic', raw: 'raw' };

/** Sending to the embedded broker: idempotent, acknowledged by all in-sync replicas, one request after the other. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/publish-process.ts');
  const broker = await startBenchBroker();
  try {
    const one = await inWarmRounds(ROUNDS, file, contenders, broker.address, '1');
    const many = await inWarmRounds(ROUNDS, file, contenders, broker.address, '500');
    return [
      ratio('publish-one-p50', '', one, ['ours', 'kafkajs', 'p50'], 'us'),
      ratio('publish-one-cpu', '', one, ['ours', 'kafkajs', 'cpu'], 'us'),
      ratio('publish-many-speed', '', many, ['ours', 'kafkajs', 'throughput'], 'events/s'),
      ratio('publish-many-cpu', '', many, ['ours', 'kafkajs', 'cpu'], 'us'),
      ratio('publish-one-p50-peer', '', one, ['ours', 'platformatic', 'p50'], 'us'),
      ratio('publish-one-cpu-peer', '', one, ['ours', 'platformatic', 'cpu'], 'us'),
      ratio('publish-one-p50-floor', '', one, ['ours', 'raw', 'p50'], 'us'),
      ratio('publish-one-cpu-floor', '', one, ['ours', 'raw', 'cpu'], 'us'),
      ratio('publish-many-speed-peer', '', many, ['ours', 'platformatic', 'throughput'], 'events/s'),
      ratio('publish-many-cpu-peer', '', many, ['ours', 'platformatic', 'cpu'], 'us'),
    ];
  } finally {
    broker.stop();
  }
}
