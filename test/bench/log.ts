import { deployedBundle } from './deployed-bundle.ts';
import { inWarmRounds } from './rounds.ts';
import { type Row, ratio } from './row.ts';

const ROUNDS = 15;
const contenders = { stringify: 'stringify', ours: 'ours', Powertools: 'powertools' };

/** The lines of the consumer, from a batch of 1,000, through a pipe that is read all the while. */
export async function run(): Promise<readonly Row[]> {
  const { file } = await deployedBundle('test/bench/log-process.ts');
  const rounds = await inWarmRounds(ROUNDS, file, contenders);
  return [
    ratio('log', '', rounds, ['ours', 'stringify', 'line'], 'ns'),
    ratio('log-peer', '', rounds, ['ours', 'Powertools', 'line'], 'ns'),
  ];
}
