import { startBenchBroker } from './bench-broker.ts';
import { deployedBundle } from './deployed-bundle.ts';
import { inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 7;

/** What a warm publisher takes while nothing is published, CPU in microseconds a second. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/idle-process.ts');
  const broker = await startBenchBroker();
  try {
    const contenders = { kafkajs: 'kafkajs', ours: 'ours' };
    const rounds = await inWarmRounds(ROUNDS, file, contenders, broker.address);
    return [ratio('publisher-idle', '', rounds, ['ours', 'kafkajs', 'cpu'], 'us/s')];
  } finally {
    broker.stop();
  }
}
